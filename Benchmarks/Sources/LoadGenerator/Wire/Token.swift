// The mark by which a message is known again after the server has passed it on.
// Written into a string argument by `MessageTemplate`, found again wherever the server puts it.

import NIOCore

/// Which sender and which of its messages: `#3.117#` is message 117 of sender 3.
struct Token: Equatable {
  var sender: Int
  var number: Int

  /// Finds the first token in JSON text, however deep it lies.
  init?(in body: ByteBuffer) {
    var rest = body
    let start = rest.withUnsafeReadableBytes { $0.firstIndex(of: Self.mark) }
    guard let start else { return nil }
    rest.moveReaderIndex(forwardBy: start + 1)
    guard let sender = rest.readDecimal(), rest.readInteger() == Self.dot,
      let number = rest.readDecimal(), rest.readInteger() == Self.mark
    else { return nil }
    self.init(sender: sender, number: number)
  }

  init(sender: Int, number: Int) {
    self.sender = sender
    self.number = number
  }

  func write(into buffer: inout ByteBuffer) {
    buffer.writeInteger(Self.mark)
    buffer.writeDecimal(sender)
    buffer.writeInteger(Self.dot)
    buffer.writeDecimal(number)
    buffer.writeInteger(Self.mark)
  }

  private static let mark = UInt8(ascii: "#")
  private static let dot = UInt8(ascii: ".")
}
