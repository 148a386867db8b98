/// The `Range` header of a request for part of a file (RFC 9110 section 14.2).
enum ByteRange: Equatable {
  /// No range, one that is malformed, or several: the whole file is the answer.
  case whole
  case part(offset: Int, length: Int)
  /// A range that lies behind the end of the file.
  case unsatisfiable

  init(header: String?, size: Int) {
    guard let header, header.lowercased().hasPrefix("bytes=") else {
      self = .whole
      return
    }
    let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else {
      self = .whole
      return
    }
    switch (Self.number(ends[0]), Self.number(ends[1])) {
    case (.absent, .value(let suffix)): self = Self.suffix(suffix, size)
    case (.value(let first), .absent): self = Self.part(first, size - 1, size)
    case (.value(let first), .value(let last)) where first <= last:
      self = Self.part(first, min(last, size - 1), size)
    default: self = .whole
    }
  }

  private static func part(_ first: Int, _ last: Int, _ size: Int) -> ByteRange {
    first < size ? .part(offset: first, length: last - first + 1) : .unsatisfiable
  }

  private static func suffix(_ length: Int, _ size: Int) -> ByteRange {
    guard length > 0, size > 0 else { return .unsatisfiable }
    let length = min(length, size)
    return .part(offset: size - length, length: length)
  }

  private enum Number {
    case absent
    case value(Int)
    case invalid
  }

  private static func number(_ text: Substring) -> Number {
    let digits = text.drop { $0 == " " || $0 == "\t" }
    guard !digits.isEmpty else { return .absent }
    guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return .invalid }
    return .value(Int(digits) ?? .max)
  }
}
