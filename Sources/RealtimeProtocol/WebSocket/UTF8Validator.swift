// Judges UTF-8 that arrives in pieces (RFC 3629): no overlong forms, no surrogates, nothing
// beyond U+10FFFF. It fails at the first byte that no valid text can contain.

import NIOCore

/// The state between two pieces of a text.
struct UTF8Validator: Sendable {
  /// Continuation bytes that the current character still needs.
  private var missing = 0
  /// What the next continuation byte may be.
  private var range: ClosedRange<UInt8> = Self.anyContinuation

  private static let anyContinuation: ClosedRange<UInt8> = 0x80...0xBF

  /// Whether the text could end here.
  var isComplete: Bool { missing == 0 }

  /// Takes the next piece; `false` once the text is certainly not UTF-8.
  mutating func consume(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    while index < bytes.count {
      if missing == 0 {
        index = Self.skipASCII(bytes, from: index)
        guard index < bytes.count else { return true }
        guard begin(bytes[index]) else { return false }
      } else {
        guard range.contains(bytes[index]) else { return false }
        missing -= 1
        range = Self.anyContinuation
      }
      index += 1
    }
    return true
  }

  /// Judges a text that is all there.
  static func check(_ text: ByteBuffer) throws(ProtocolError) {
    var validator = UTF8Validator()
    guard text.withUnsafeReadableBytes({ validator.consume($0) }), validator.isComplete else {
      throw ProtocolError(.invalidUTF8, "a text message that is not UTF-8")
    }
  }

  /// Takes the first byte of a character that is not ASCII.
  private mutating func begin(_ byte: UInt8) -> Bool {
    switch byte {
    case 0xC2...0xDF: missing = 1
    case 0xE0: (missing, range) = (2, 0xA0...0xBF)
    case 0xED: (missing, range) = (2, 0x80...0x9F)
    case 0xE1...0xEF: missing = 2
    case 0xF0: (missing, range) = (3, 0x90...0xBF)
    case 0xF1...0xF3: missing = 3
    case 0xF4: (missing, range) = (3, 0x80...0x8F)
    default: return false
    }
    return true
  }

  private static func skipASCII(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while index + 8 <= bytes.count,
      bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
    {
      index += 8
    }
    while index < bytes.count, bytes[index] < 0x80 { index += 1 }
    return index
  }
}
