// Documents as MongoDB has them, of the types that are needed here. Pure.

import NIOCore

/// Writes one BSON document, element by element.
struct BSONWriter {
  private var buffer = ByteBuffer()
  /// Where the documents that are being written begin, the innermost last.
  private var starts: [Int] = []

  init() { open() }

  /// A document that `body` writes.
  static func document(_ body: (inout BSONWriter) -> Void) -> ByteBuffer {
    var writer = BSONWriter()
    body(&writer)
    return writer.finish()
  }

  /// The whole document.
  consuming func finish() -> ByteBuffer {
    while !starts.isEmpty { close() }
    return buffer
  }

  /// The bytes so far.
  var byteCount: Int { buffer.writerIndex }

  mutating func append(_ name: String, _ value: String) {
    begin(.text, name)
    write(Int32(clamping: value.utf8.count + 1))
    buffer.writeString(value)
    buffer.writeInteger(UInt8(0))
  }

  mutating func append(_ name: String, _ value: Int64) {
    begin(.int64, name)
    write(value)
  }

  /// A number of the kind that options and commands have.
  mutating func append(_ name: String, small value: Int32) {
    begin(.int32, name)
    write(value)
  }

  mutating func append(_ name: String, _ value: Bool) {
    begin(.bool, name)
    buffer.writeInteger(UInt8(value ? 1 : 0))
  }

  mutating func append(_ name: String, _ bytes: ByteBuffer) {
    begin(.binary, name)
    write(Int32(clamping: bytes.readableBytes))
    buffer.writeInteger(UInt8(0))
    buffer.writeImmutableBuffer(bytes)
  }

  /// A moment, in milliseconds since 1970.
  mutating func append(_ name: String, date: Int64) {
    begin(.date, name)
    write(date)
  }

  mutating func append(_ name: String, document body: (inout BSONWriter) -> Void) {
    begin(.document, name)
    open()
    body(&self)
    close()
  }

  mutating func append(_ name: String, array body: (inout BSONWriter) -> Void) {
    beginArray(name)
    body(&self)
    close()
  }

  mutating func append(_ name: String, _ texts: [String]) {
    append(
      name,
      array: { writer in
        for (index, text) in texts.enumerated() { writer.append("\(index)", text) }
      })
  }

  /// Begins a document that ``close()`` ends.
  mutating func beginDocument(_ name: String) {
    begin(.document, name)
    open()
  }

  /// Begins an array that ``close()`` ends; its elements are called 0, 1, 2 and so on.
  mutating func beginArray(_ name: String) {
    begin(.array, name)
    open()
  }

  /// Ends the innermost document or array.
  mutating func close() {
    guard let start = starts.popLast() else { return }
    buffer.writeInteger(UInt8(0))
    let length = Int32(clamping: buffer.writerIndex - start)
    buffer.setInteger(length, at: start, endianness: .little)
  }

  private mutating func open() {
    starts.append(buffer.writerIndex)
    write(Int32(0))
  }

  private mutating func begin(_ kind: BSONKind, _ name: String) {
    buffer.writeInteger(kind.rawValue)
    buffer.writeString(name)
    buffer.writeInteger(UInt8(0))
  }

  private mutating func write(_ value: some FixedWidthInteger) {
    buffer.writeInteger(value, endianness: .little)
  }
}

/// What an element is.
enum BSONKind: UInt8 {
  case double = 0x01
  case text = 0x02
  case document = 0x03
  case array = 0x04
  case binary = 0x05
  case objectID = 0x07
  case bool = 0x08
  case date = 0x09
  case null = 0x0A
  case int32 = 0x10
  case timestamp = 0x11
  case int64 = 0x12
  case decimal = 0x13
}
