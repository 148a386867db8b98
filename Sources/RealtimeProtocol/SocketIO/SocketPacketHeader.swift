// What stands before a packet's payload: `<type>[<attachments>-][<namespace>,][<id>]`. Read in one
// pass over raw bytes, because every message of every client comes through here.

/// The header of a Socket.IO packet, as offsets into its text.
struct SocketPacketHeader {
  let type: SocketPacketType
  let attachments: Int
  /// Where the namespace's path is; empty for the default namespace.
  let namespace: Range<Int>
  let id: Int?
  /// Where the payload begins; the text's length when there is none.
  let payload: Int

  /// - Parameter maxNamespaceLength: in bytes, with the slash.
  init(_ bytes: UnsafeRawBufferPointer, maxNamespaceLength: Int) throws(ProtocolError) {
    guard let digit = bytes.first, digit >= UInt8(ascii: "0"),
      let type = SocketPacketType(rawValue: digit - UInt8(ascii: "0"))
    else { throw ProtocolError(.invalidSocketPacket, "an unknown packet type") }
    var cursor = 1
    self.type = type
    attachments = type.hasAttachments ? try Self.readCount(bytes, &cursor) : 0
    namespace = Self.readNamespace(bytes, &cursor)
    guard namespace.count <= maxNamespaceLength else {
      throw ProtocolError(
        .limitExceeded, "a namespace of more than \(maxNamespaceLength) bytes")
    }
    id = try Self.readNumber(bytes, &cursor)
    payload = cursor
  }

  private static func readCount(
    _ bytes: UnsafeRawBufferPointer, _ cursor: inout Int
  ) throws(ProtocolError) -> Int {
    guard let count = try readNumber(bytes, &cursor), cursor < bytes.count,
      bytes[cursor] == UInt8(ascii: "-")
    else {
      throw ProtocolError(.invalidSocketPacket, "a binary packet without an attachment count")
    }
    cursor += 1
    return count
  }

  /// The path up to a query or the comma; the cursor goes behind the comma.
  private static func readNamespace(
    _ bytes: UnsafeRawBufferPointer, _ cursor: inout Int
  ) -> Range<Int> {
    let start = cursor
    guard start < bytes.count, bytes[start] == UInt8(ascii: "/") else { return start..<start }
    var end: Int?
    while cursor < bytes.count, bytes[cursor] != UInt8(ascii: ",") {
      if bytes[cursor] == UInt8(ascii: "?"), end == nil { end = cursor }
      cursor += 1
    }
    let path = start..<(end ?? cursor)
    if cursor < bytes.count { cursor += 1 }
    return path.count == 1 ? start..<start : path
  }

  private static func readNumber(
    _ bytes: UnsafeRawBufferPointer, _ cursor: inout Int
  ) throws(ProtocolError) -> Int? {
    let start = cursor
    var value = 0
    while cursor < bytes.count, case let digit = Int(bytes[cursor]) - 0x30, 0...9 ~= digit {
      let (product, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(digit)
      guard !overflowed, !carried else {
        throw ProtocolError(.limitExceeded, "a number that is too large")
      }
      value = sum
      cursor += 1
    }
    return cursor == start ? nil : value
  }
}
