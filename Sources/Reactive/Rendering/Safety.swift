// What dynamic values may not do: become a script, whatever place of a page they stand in. The
// parser refuses places that can't be made safe; the renderer passes URLs and styles through here.

/// The rules that keep values from running.
enum Safety {
  private static let urls = HTMLNames.words(
    """
    href src action formaction xlink:href data poster background cite ping manifest icon longdesc \
    usemap codebase to from values by srcset
    """)
  private static let images = HTMLNames.words("src poster srcset background")
  private static let lists = HTMLNames.words("srcset values")
  private static let safeSchemes = HTMLNames.words("http https mailto tel sms ftp")
  private static let safeImages = HTMLNames.words("png gif jpeg webp avif")

  /// Why an attribute of an element can't have a dynamic part; nil when it can. Both names are in
  /// small letters.
  static func refusal(of name: String, on element: String) -> String? {
    if name.hasPrefix("on") {
      return "\(name) would run a value as a script; use on-\(name.dropFirst(2))"
    }
    if element == "script" || element == "base" {
      return "<\(element)> takes no dynamic attribute"
    }
    if ["srcdoc", "attributename", "http-equiv"].contains(name) {
      return "\(name) can't be dynamic"
    }
    return nil
  }

  /// Whether the value of the attribute `name` is a URL, or several.
  static func isURL(_ name: String) -> Bool { urls.contains(name) }

  /// Whether `value`, escaped HTML, may be the URL or URLs of the attribute `name`.
  static func isSafeURL(_ value: some Sequence<UInt8>, in name: String) -> Bool {
    let bare = CharacterReferences.decoded(Array(value)).filter { $0 > 0x20 }
    guard lists.contains(name) else { return isSafe(bare[...], in: name) }
    return bare.split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ";") }
      .allSatisfy { isSafe($0, in: name) }
  }

  private static func isSafe(_ url: ArraySlice<UInt8>, in name: String) -> Bool {
    guard let scheme = scheme(of: url) else { return true }
    if safeSchemes.contains(scheme) { return true }
    guard scheme == "data", images.contains(name) else { return false }
    let type = url.dropFirst(5).prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: ",") }
    let parts = String(decoding: type, as: UTF8.self).lowercased().split(separator: "/")
    return parts.count == 2 && parts[0] == "image" && safeImages.contains(String(parts[1]))
  }

  /// The scheme of a URL in small letters; nil for a relative one.
  private static func scheme(of url: ArraySlice<UInt8>) -> String? {
    guard url.first?.isLetter == true else { return nil }
    let name = url.prefix { $0.isLetter || $0.isDigit || "+.-".utf8.contains($0) }
    guard name.endIndex < url.endIndex, url[name.endIndex] == UInt8(ascii: ":") else { return nil }
    return String(decoding: name, as: UTF8.self).lowercased()
  }

  /// Whether `text` is the value of one declaration of a style and loads nothing but web addresses.
  static func isSafeStyle(_ text: String) -> Bool {
    let bytes = text.utf8.map(\.lowercase)
    if bytes.contains(where: ";{}\\".utf8.contains) { return false }
    let source = SourceText(bytes: bytes, name: "")
    var offset = 0
    while let found = source.find(Array("expression".utf8), from: offset) {
      offset = source.skippingSpace(from: found + 10)
      if source[offset] == UInt8(ascii: "(") { return false }
    }
    offset = 0
    while let found = source.find(Array("url(".utf8), from: offset) {
      offset = source.skippingSpace(from: found + 4)
      if source[offset] == 0x22 || source[offset] == 0x27 { offset += 1 }
      offset = source.skippingSpace(from: offset)
      let scheme = scheme(of: bytes[min(offset, bytes.count)...])
      if scheme.map({ $0 == "http" || $0 == "https" }) == false { return false }
    }
    return true
  }
}
