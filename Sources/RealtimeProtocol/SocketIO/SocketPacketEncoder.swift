// Writes the header of a Socket.IO packet: `<type>[<attachments>-][<namespace>,][<id>]`
// (Socket.IO protocol v5, "Packet encoding"). The JSON that follows is its producer's to write,
// straight behind the header in the same buffer.

import NIOCore

/// Writes Socket.IO packet headers.
public enum SocketPacketEncoder {
  /// How many bytes `writeHeader` appends for the same arguments.
  public static func headerSize(
    type: SocketPacketType, namespace: String = "/", id: Int? = nil, attachments: Int = 0
  ) -> Int {
    var size = 1
    if type.hasAttachments { size += digits(attachments) + 1 }
    if namespace != "/" { size += namespace.utf8.count + 1 }
    if let id { size += digits(id) }
    return size
  }

  /// Appends a packet's header; its JSON payload, if any, is to follow at once.
  ///
  /// - Parameters:
  ///   - namespace: with its leading slash; `/` is the default and is not written.
  ///   - id: not negative.
  ///   - attachments: written for the binary types only.
  public static func writeHeader(
    type: SocketPacketType, namespace: String = "/", id: Int? = nil, attachments: Int = 0,
    into buffer: inout ByteBuffer
  ) {
    let size = headerSize(type: type, namespace: namespace, id: id, attachments: attachments)
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { target in
      var cursor = 0
      writeHeader(type, namespace, id, attachments, into: target, &cursor)
      return size
    }
  }

  private static func writeHeader(
    _ type: SocketPacketType, _ namespace: String, _ id: Int?, _ attachments: Int,
    into target: UnsafeMutableRawBufferPointer, _ cursor: inout Int
  ) {
    target[cursor] = UInt8(ascii: "0") + type.rawValue
    cursor += 1
    if type.hasAttachments {
      write(attachments, into: target, &cursor)
      target[cursor] = UInt8(ascii: "-")
      cursor += 1
    }
    if namespace != "/" {
      write(namespace, into: target, &cursor)
      target[cursor] = UInt8(ascii: ",")
      cursor += 1
    }
    if let id { write(id, into: target, &cursor) }
  }

  private static func write(
    _ text: String, into target: UnsafeMutableRawBufferPointer, _ cursor: inout Int
  ) {
    var text = text
    text.withUTF8 { utf8 in
      UnsafeMutableRawBufferPointer(rebasing: target[cursor...])
        .copyMemory(from: UnsafeRawBufferPointer(utf8))
      cursor += utf8.count
    }
  }

  /// How many digits a number that is not negative has.
  static func digits(_ number: Int) -> Int {
    var count = 1
    var limit = 10
    while number >= limit {
      count += 1
      let (next, isOver) = limit.multipliedReportingOverflow(by: 10)
      if isOver { break }
      limit = next
    }
    return count
  }

  private static func write(
    _ number: Int, into target: UnsafeMutableRawBufferPointer, _ cursor: inout Int
  ) {
    let count = digits(number)
    let place = UnsafeMutableRawBufferPointer(rebasing: target[cursor..<cursor + count])
    if let start = place.baseAddress { write(number, digits: count, at: start) }
    cursor += count
  }

  /// - Parameter count: how many digits the number has.
  static func write(_ number: Int, digits count: Int, at start: UnsafeMutableRawPointer) {
    var rest = number.magnitude
    for place in stride(from: count - 1, through: 0, by: -1) {
      let digit = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      start.storeBytes(of: digit, toByteOffset: place, as: UInt8.self)
      rest /= 10
    }
  }
}
