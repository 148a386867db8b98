// A first look at the head of an HTTP/1 request where it lies in the bytes that were read: enough to
// tell a plain GET, whose answer follows from its target and two fields, from all other requests.
// Nothing is allocated and nothing decoded. It is stricter than the parser behind it: what it does not
// know for certain is no plain GET, and the parser decides.

/// Where the parts of one request head are. Offsets count from the beginning of the bytes looked at.
struct RequestGlance {
  /// The bytes of the head, the empty line included.
  private(set) var length = 0
  /// The request target, as it came.
  private(set) var target = 0..<0
  /// The value of the only `Host` field.
  private(set) var host = 0..<0
  /// The value of the only `Accept-Encoding` field; empty if there is none.
  private(set) var acceptEncoding = 0..<0
  /// How many fields the head has.
  private(set) var fieldCount = 0
  /// Whether it is a GET of HTTP/1.1 on a connection that stays, without conditions, ranges or body.
  private(set) var isPlain = true
  /// Whether the next request begins right behind the head.
  private(set) var hasNoBody = true

  private var hostCount = 0
  private var codingCount = 0

  /// - Returns: `nil` if the bytes do not begin with a whole head, or with none that is well formed.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard var position = readRequestLine(bytes) else { return nil }
    while position + 1 < bytes.count {
      if bytes[position] == Self.carriageReturn {
        guard bytes[position + 1] == Self.lineFeed else { return nil }
        length = position + 2
        if hostCount != 1 || codingCount > 1 { isPlain = false }
        return
      }
      guard let next = readField(bytes, from: position) else { return nil }
      fieldCount += 1
      position = next
    }
    return nil
  }

  // MARK: Lines

  /// - Returns: where the first field begins.
  private mutating func readRequestLine(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let end = Self.lineEnd(bytes, from: 0) else { return nil }
    let version = end - 9
    guard version >= 5, Self.equals(bytes, version..<end, " http/1.1") else { return nil }
    guard Self.equals(bytes, 0..<4, "get "), bytes[4] == UInt8(ascii: "/") else {
      isPlain = false
      hasNoBody = !Self.equals(bytes, 0..<8, "connect ")
      return end + 2
    }
    target = 4..<version
    if bytes[target].contains(UInt8(ascii: " ")) { isPlain = false }
    return end + 2
  }

  /// - Returns: where the next line begins.
  private mutating func readField(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var colon = start
    while colon < bytes.count, bytes[colon] != UInt8(ascii: ":") {
      guard Self.isOfName(bytes[colon]) else { return nil }
      colon += 1
    }
    guard colon > start, let end = Self.lineEnd(bytes, from: colon) else { return nil }
    read(bytes, name: start..<colon, value: Self.trimmed(bytes, colon + 1..<end))
    return end + 2
  }

  /// Takes from a field what matters. Fields of other names change no answer of a file.
  private mutating func read(
    _ bytes: UnsafeRawBufferPointer, name: Range<Int>, value: Range<Int>
  ) {
    func isCalled(_ other: StaticString) -> Bool { Self.equals(bytes, name, other) }
    switch name.count {
    case 4 where isCalled("host"):
      hostCount += 1
      host = value
    case 15 where isCalled("accept-encoding"):
      codingCount += 1
      acceptEncoding = value
    case 10 where isCalled("connection"):
      if !Self.equals(bytes, value, "keep-alive") { isPlain = false }
    case 14 where isCalled("content-length"), 17 where isCalled("transfer-encoding"),
      7 where isCalled("upgrade"):
      isPlain = false
      hasNoBody = false
    case 5 where isCalled("range"), 6 where isCalled("expect"), 8 where isCalled("if-range"),
      13 where isCalled("if-none-match"), 16 where isCalled("proxy-connection"),
      17 where isCalled("if-modified-since"):
      isPlain = false
    default: break
    }
  }

  // MARK: Bytes

  private static let carriageReturn = UInt8(ascii: "\r")
  private static let lineFeed = UInt8(ascii: "\n")

  /// Where the line ends that `start` lies in; `nil` if it does not, or holds what no line may.
  private static func lineEnd(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    var position = start
    while position < bytes.count {
      let byte = bytes[position]
      if byte < 0x20 && byte != 0x09 || byte >= 0x7F {
        let isEnd =
          byte == carriageReturn && position + 1 < bytes.count && bytes[position + 1] == lineFeed
        return isEnd ? position : nil
      }
      position += 1
    }
    return nil
  }

  /// Letters, digits and hyphens: other names are allowed, but rare.
  private static func isOfName(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
      || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte == UInt8(ascii: "-")
  }

  private static func trimmed(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    while start < end, bytes[end - 1] == 0x20 || bytes[end - 1] == 0x09 { end -= 1 }
    return start..<end
  }

  /// Whether a part reads as `text`, which is in lower case, whatever its own case.
  private static func equals(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: StaticString
  ) -> Bool {
    guard range.count == text.utf8CodeUnitCount, range.upperBound <= bytes.count else {
      return false
    }
    for index in 0..<range.count {
      let byte = bytes[range.lowerBound + index]
      let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      guard (isUpper ? byte | 0x20 : byte) == text.utf8Start[index] else { return false }
    }
    return true
  }
}
