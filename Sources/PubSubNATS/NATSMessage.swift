// A message as libnats holds it, and what of it is of interest. Whoever has it destroys it.

import CNATSSystem
import NIOCore
import PubSub

/// A view of a message of libnats.
struct NATSMessage {
  let pointer: OpaquePointer

  func destroy() { natsMsg_Destroy(pointer) }

  var subject: UnsafeBufferPointer<UInt8> { Self.bytes(natsMsg_GetSubject(pointer)) }
  var reply: UnsafeBufferPointer<UInt8> { Self.bytes(natsMsg_GetReply(pointer)) }

  var body: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(
      start: natsMsg_GetData(pointer), count: Int(natsMsg_GetDataLength(pointer)))
  }

  /// A copy of the body.
  var bytes: ByteBuffer { ByteBuffer(bytes: body) }

  /// The status line's code, such as 404; nil for an ordinary message.
  var status: UInt64? { number("Status") }

  func header(_ name: String) -> UnsafeBufferPointer<UInt8>? {
    var value: UnsafePointer<CChar>?
    guard natsMsgHeader_Get(pointer, name, &value) == NATS_OK, let value else { return nil }
    return Self.bytes(value)
  }

  func number(_ name: String) -> UInt64? { header(name).flatMap(UInt64.init(digits:)) }

  private static func bytes(_ text: UnsafePointer<CChar>?) -> UnsafeBufferPointer<UInt8> {
    guard let text else { return UnsafeBufferPointer(start: nil, count: 0) }
    let raw = UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
    var count = 0
    while raw[count] != 0 { count += 1 }
    return UnsafeBufferPointer(start: raw, count: count)
  }
}

extension UInt64 {
  /// Reads decimal digits; nil for anything else.
  init?(digits: some Collection<UInt8>) {
    guard (1...20).contains(digits.count) else { return nil }
    var value: UInt64 = 0
    for byte in digits {
      guard (0x30...0x39).contains(byte) else { return nil }
      let (tenfold, isOver) = value.multipliedReportingOverflow(by: 10)
      let (sum, isSumOver) = tenfold.addingReportingOverflow(UInt64(byte - 0x30))
      if isOver || isSumOver { return nil }
      value = sum
    }
    self = value
  }
}
