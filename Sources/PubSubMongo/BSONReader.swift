// Documents as MongoDB has them, read without trust: what is not of the form ends the reading. Pure.

import NIOCore

/// What an element holds, as far as anything here asks.
enum BSONValue {
  case number(Int64)
  case text(String)
  case bool(Bool)
  case bytes(ByteBuffer)
  /// A document or an array.
  case document(ByteBuffer)
  case other
}

/// Reads the elements of one BSON document.
struct BSONReader {
  private var rest: ByteBuffer

  /// - Parameter document: with its length before it; nothing is read where that is wrong.
  init(_ document: ByteBuffer) {
    rest = ByteBuffer()
    guard
      let length = document.getInteger(
        at: document.readerIndex, endianness: .little, as: Int32.self),
      length >= 5, length <= document.readableBytes,
      let elements = document.getSlice(at: document.readerIndex + 4, length: Int(length) - 5)
    else { return }
    rest = elements
  }

  /// The next element; nil at the end, or where the bytes are not of the form.
  mutating func next() -> (name: String, value: BSONValue)? {
    guard let byte = rest.readInteger(as: UInt8.self), let kind = BSONKind(rawValue: byte),
      let name = name(), let value = value(kind)
    else {
      rest.clear()
      return nil
    }
    return (name, value)
  }

  /// The first element with that name.
  static func value(of name: String, in document: ByteBuffer) -> BSONValue? {
    var reader = BSONReader(document)
    while let element = reader.next() {
      if element.name == name { return element.value }
    }
    return nil
  }

  private mutating func name() -> String? {
    guard let length = rest.readableBytesView.firstIndex(of: 0).map({ $0 - rest.readerIndex }),
      let name = rest.readString(length: length)
    else { return nil }
    rest.moveReaderIndex(forwardBy: 1)
    return name
  }

  private mutating func value(_ kind: BSONKind) -> BSONValue? {
    switch kind {
    case .double:
      integer(as: UInt64.self).map { bits in
        .number(Int64(exactly: Double(bitPattern: bits).rounded()) ?? 0)
      }
    case .int64, .date, .timestamp: integer(as: Int64.self).map { .number($0) }
    case .int32: integer(as: Int32.self).map { .number(Int64($0)) }
    case .bool: integer(as: UInt8.self).map { .bool($0 != 0) }
    case .text: text().map { .text($0) }
    case .binary: bytes().map { .bytes($0) }
    case .document, .array: document().map { .document($0) }
    case .objectID: rest.readSlice(length: 12).map { .bytes($0) }
    case .decimal: rest.readSlice(length: 16).map { _ in .other }
    case .null: .other
    }
  }

  private mutating func integer<Integer: FixedWidthInteger>(as type: Integer.Type) -> Integer? {
    rest.readInteger(endianness: .little, as: type)
  }

  private mutating func text() -> String? {
    guard let length = integer(as: Int32.self), length >= 1,
      let text = rest.readString(length: Int(length) - 1), integer(as: UInt8.self) == 0
    else { return nil }
    return text
  }

  private mutating func bytes() -> ByteBuffer? {
    guard let length = integer(as: Int32.self), length >= 0, integer(as: UInt8.self) != nil else {
      return nil
    }
    return rest.readSlice(length: Int(length))
  }

  private mutating func document() -> ByteBuffer? {
    guard
      let length = rest.getInteger(at: rest.readerIndex, endianness: .little, as: Int32.self),
      length >= 5
    else { return nil }
    return rest.readSlice(length: Int(length))
  }
}

extension BSONValue {
  var number: Int64? { if case .number(let number) = self { number } else { nil } }
  var text: String? { if case .text(let text) = self { text } else { nil } }
  var bytes: ByteBuffer? { if case .bytes(let bytes) = self { bytes } else { nil } }
  var document: ByteBuffer? { if case .document(let document) = self { document } else { nil } }
  var isTrue: Bool { if case .bool(true) = self { true } else { false } }
}
