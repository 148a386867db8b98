/// Reads the query part of a request target.
public enum QueryString {
  /// The names and values behind `?`, percent-decoded (`+` is a space), in order.
  static func parse(uri: String) -> [(String, String)] {
    guard let mark = uri.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
    return pairs(uri.utf8[uri.utf8.index(after: mark)...])
  }

  /// The names and values of a form's body (application/x-www-form-urlencoded).
  public static func parse(_ form: String) -> [(String, String)] { pairs(form.utf8[...]) }

  private static func pairs(_ text: Substring.UTF8View) -> [(String, String)] {
    text.split(separator: UInt8(ascii: "&")).map { pair in
      let end = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      let value = end == pair.endIndex ? pair[end...] : pair[pair.index(after: end)...]
      return (decode(pair[..<end]), decode(value))
    }
  }

  private static func decode(_ text: Substring.UTF8View) -> String {
    let bytes = PercentEncoding.decode(text, plusIsSpace: true)
    return String(decoding: bytes ?? Array(text), as: UTF8.self)
  }
}
