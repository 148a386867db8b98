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
    buffer.writeInteger(UInt8(ascii: "0") + type.rawValue)
    if type.hasAttachments {
      write(attachments, into: &buffer)
      buffer.writeInteger(UInt8(ascii: "-"))
    }
    if namespace != "/" {
      buffer.writeString(namespace)
      buffer.writeInteger(UInt8(ascii: ","))
    }
    if let id { write(id, into: &buffer) }
  }

  private static func digits(_ number: Int) -> Int {
    var count = 1
    var rest = number.magnitude / 10
    while rest > 0 {
      count += 1
      rest /= 10
    }
    return count
  }

  private static func write(_ number: Int, into buffer: inout ByteBuffer) {
    let count = digits(number)
    var rest = number.magnitude
    let start = buffer.writerIndex
    buffer.writeRepeatingByte(0, count: count)
    for place in stride(from: start + count - 1, through: start, by: -1) {
      buffer.setInteger(UInt8(ascii: "0") + UInt8(rest % 10), at: place)
      rest /= 10
    }
  }
}
