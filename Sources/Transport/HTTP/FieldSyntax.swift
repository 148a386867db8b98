/// What the fields of a response may be made of, so that none breaks out of its place (RFC 9110
/// section 5).
enum FieldSyntax {
  static func isToken(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }

  /// The value with spaces for line breaks, NUL and other control characters.
  static func harmless(_ value: String) -> String {
    if value.utf8.allSatisfy(isHarmless) { return value }
    return String(decoding: value.utf8.map { isHarmless($0) ? $0 : 0x20 }, as: UTF8.self)
  }

  private static func isHarmless(_ byte: UInt8) -> Bool { byte >= 0x20 || byte == 0x09 }
}
