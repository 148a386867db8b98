/// The path of a request target, made safe to route by and to look up in a directory.
enum RequestPath {
  /// Decodes the path of `uri`, which may be in origin or absolute form (RFC 9112 section 3.2).
  ///
  /// - Returns: `nil` for a target that is not acceptable: malformed percent-encoding, not UTF-8,
  ///   a control character, a backslash, a `.` or `..` segment.
  static func decode(uri: String) -> String? {
    let path = rawPath(of: uri)
    guard path.first == UInt8(ascii: "/"), let bytes = PercentEncoding.decode(path),
      !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }),
      let text = String(validating: bytes, as: UTF8.self)
    else { return nil }
    let segments = bytes.split(separator: UInt8(ascii: "/"))
    let dots = [UInt8(ascii: "."), UInt8(ascii: ".")]
    guard !segments.contains(where: { $0.elementsEqual(dots[..<1]) || $0.elementsEqual(dots) })
    else { return nil }
    return text
  }

  private static func rawPath(of uri: String) -> Substring.UTF8View {
    var rest = uri.utf8[...]
    if rest.first != UInt8(ascii: "/"), let scheme = uri.firstRange(of: "://") {
      rest = rest[scheme.upperBound...].drop { $0 != UInt8(ascii: "/") }
    }
    return rest.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
  }
}
