// A look at what nearly every message is: an event without attachments. It knows the same grammar as
// SocketPacketHeader, and leaves whatever is unusual about it to that.

extension SocketPacketDecoder {
  /// An event without attachments, as offsets into its message.
  public struct PlainEvent {
    /// Empty for the default namespace.
    public let namespace: Range<Int>
    public let id: Int?
    /// Where the payload begins; it goes on to the end.
    public let payload: Int
  }

  /// Numbers of so many digits fit.
  private static let mostDigits = 18

  /// Looks at the next message, without a copy and without taking it.
  ///
  /// - Returns: nil for anything but an event without attachments, and for one whose namespace has a query
  ///   or whose id is very long; ``decode(_:)`` is for the others.
  public func plainEvent(in text: UnsafeRawBufferPointer) -> PlainEvent? {
    guard !isIncomplete, let bytes = text.baseAddress, text.count > 1,
      Self.byte(bytes, 0) == UInt8(ascii: "2")
    else { return nil }
    var cursor = 1
    var namespace = 1..<1
    if Self.byte(bytes, 1) == UInt8(ascii: "/") {
      guard let end = Self.comma(in: bytes, upTo: Swift.min(text.count, maxNamespaceLength + 2))
      else { return nil }
      if end > 2 { namespace = 1..<end }
      cursor = end + 1
    }
    let first = cursor
    var number = 0
    while cursor < text.count, case let digit = Self.byte(bytes, cursor) &- 0x30, digit <= 9 {
      number = number &* 10 &+ Int(digit)
      cursor += 1
    }
    guard cursor - first <= Self.mostDigits, cursor < text.count,
      Self.byte(bytes, cursor) == UInt8(ascii: "[")
    else { return nil }
    return PlainEvent(namespace: namespace, id: cursor > first ? number : nil, payload: cursor)
  }

  /// Where the comma behind a namespace is, unless there is a query before it.
  private static func comma(in bytes: UnsafeRawPointer, upTo end: Int) -> Int? {
    var cursor = 2
    while cursor < end {
      let byte = byte(bytes, cursor)
      if byte == UInt8(ascii: ",") { return cursor }
      if byte == UInt8(ascii: "?") { return nil }
      cursor += 1
    }
    return nil
  }

  private static func byte(_ bytes: UnsafeRawPointer, _ offset: Int) -> UInt8 {
    bytes.load(fromByteOffset: offset, as: UInt8.self)
  }
}
