/// A place in a file, counted from 1; columns are UTF-16 code units, as editors and browsers count.
struct SourcePlace: Sendable, Equatable {
  var line: Int
  var column: Int

  static let start = SourcePlace(line: 1, column: 1)
}

/// Text that is being read, with the place in a file where it begins.
struct SourceText: Sendable {
  let bytes: [UInt8]
  /// What errors call the file.
  let name: String
  let start: SourcePlace
  /// Where reading ends: behind the last byte, unless only a part is to be read.
  var end: Int

  init(bytes: [UInt8], name: String, start: SourcePlace = .start) {
    self.bytes = bytes
    self.name = name
    self.start = start
    end = bytes.count
  }

  /// Whether `expected` stands at `offset`.
  func has(_ expected: [UInt8], at offset: Int) -> Bool {
    guard offset + expected.count <= end else { return false }
    for index in expected.indices where bytes[offset + index] != expected[index] { return false }
    return true
  }

  /// The first offset from `offset` on where `expected` stands.
  func find(_ expected: [UInt8], from offset: Int) -> Int? {
    guard let first = expected.first, offset < end else { return nil }
    for index in offset..<end where bytes[index] == first && has(expected, at: index) {
      return index
    }
    return nil
  }

  /// The byte at `offset`, nil behind the end.
  subscript(offset: Int) -> UInt8? { offset < end ? bytes[offset] : nil }

  /// The text of `range`.
  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// The first offset from `offset` on that holds no white space.
  func skippingSpace(from offset: Int) -> Int {
    var offset = offset
    while offset < end, bytes[offset].isSpace { offset += 1 }
    return offset
  }

  func place(at offset: Int) -> SourcePlace {
    var place = start
    for byte in bytes.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        place.line += 1
        place.column = 1
      } else if byte & 0xC0 != 0x80 {
        place.column += byte >= 0xF0 ? 2 : 1
      }
    }
    return place
  }

  /// The error that `message` is about what stands at `offset`.
  func error(at offset: Int, _ message: String, code: ReactiveError.Code = .template)
    -> ReactiveError
  {
    let place = place(at: offset)
    return ReactiveError(
      code, message, name: name, line: place.line, column: place.column)
  }
}
