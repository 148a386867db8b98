// Checks that a text is JSON all through (RFC 8259) and drops the space between its parts, in one pass
// and without recursion. What passes is sent on to clients of every wire, whose parsers close the
// connection over a stray comma: so this accepts nothing that the grammar does not.

import NIOCore

/// Compacts one JSON text.
struct JSONCompactor {
  private enum Step { case opened, ended, invalid }

  /// How deeply arrays and objects may be nested.
  static let maxDepth = 512

  private let bytes: UnsafeRawBufferPointer
  private var at = 0
  private var compact = ByteBuffer()
  /// Where the bytes begin that have been read and are still to be copied.
  private var kept = 0
  /// The brackets that are to come, the next one last.
  private var closers: [UInt8] = []

  private init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    compact.reserveCapacity(bytes.count)
  }

  /// `text` without space between its parts; nil if it is not JSON in UTF-8, or nested deeper than
  /// ``maxDepth``.
  static func compact(_ text: ByteBuffer) -> ByteBuffer? {
    text.withUnsafeReadableBytes { bytes in
      guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
      var compactor = Self(bytes)
      guard compactor.readAll() else { return nil }
      return compactor.compact
    }
  }

  private mutating func readAll() -> Bool {
    var step = value()
    while step != .invalid, let closer = closers.last {
      if take(closer) {
        closers.removeLast()
        step = .ended
        continue
      }
      if step == .ended, !take(UInt8(ascii: ",")) { return false }
      if closer == UInt8(ascii: "}") {
        skipSpace()
        guard string(), take(UInt8(ascii: ":")) else { return false }
      }
      step = value()
    }
    guard step != .invalid else { return false }
    skipSpace()
    copy()
    return at == bytes.count
  }

  // MARK: Values

  /// A whole value, or the bracket that opens one.
  private mutating func value() -> Step {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return open(closedBy: UInt8(ascii: "}"))
    case UInt8(ascii: "["): return open(closedBy: UInt8(ascii: "]"))
    case UInt8(ascii: "\""): return string() ? .ended : .invalid
    case UInt8(ascii: "t"): return word("true") ? .ended : .invalid
    case UInt8(ascii: "f"): return word("false") ? .ended : .invalid
    case UInt8(ascii: "n"): return word("null") ? .ended : .invalid
    default: return number() ? .ended : .invalid
    }
  }

  private mutating func open(closedBy closer: UInt8) -> Step {
    guard closers.count < Self.maxDepth else { return .invalid }
    closers.append(closer)
    at += 1
    return .opened
  }

  private mutating func string() -> Bool {
    guard current == UInt8(ascii: "\"") else { return false }
    let start = at
    var isEscaped = false
    at += 1
    while let byte = current, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { return false }
      if byte == UInt8(ascii: "\\") { isEscaped = true }
      at += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    guard current != nil else { return false }
    at += 1
    return !isEscaped || JSONStringReader.content(of: bytes[start..<at]) != nil
  }

  private mutating func word(_ word: StaticString) -> Bool {
    let end = at + word.utf8CodeUnitCount
    guard end <= bytes.count,
      word.withUTF8Buffer({ bytes[at..<end].elementsEqual($0) })
    else { return false }
    at = end
    return true
  }

  private mutating func number() -> Bool {
    pass(UInt8(ascii: "-"))
    if !pass(UInt8(ascii: "0")), !digits() { return false }
    if pass(UInt8(ascii: ".")), !digits() { return false }
    guard pass(UInt8(ascii: "e")) || pass(UInt8(ascii: "E")) else { return true }
    if !pass(UInt8(ascii: "-")) { pass(UInt8(ascii: "+")) }
    return digits()
  }

  private mutating func digits() -> Bool {
    let start = at
    while let byte = current, 0x30...0x39 ~= byte { at += 1 }
    return at > start
  }

  // MARK: Bytes

  private var current: UInt8? { at < bytes.count ? bytes[at] : nil }

  @discardableResult
  private mutating func pass(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    at += 1
    return true
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    skipSpace()
    return pass(byte)
  }

  private mutating func skipSpace() {
    guard let byte = current, JSONFields.isSpace(byte) else { return }
    copy()
    while let byte = current, JSONFields.isSpace(byte) { at += 1 }
    kept = at
  }

  /// Copies what has been read since the last space.
  private mutating func copy() {
    compact.writeBytes(bytes[kept..<at])
    kept = at
  }
}
