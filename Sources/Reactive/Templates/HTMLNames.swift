/// What the names of HTML's elements mean to a template's parser. All are in small letters.
enum HTMLNames {
  /// Elements without contents and end tag.
  static let void: Set<String> = words(
    "area base br col embed hr img input link meta param source track wbr")

  /// Elements whose end tag may be left out, with the start tags that imply it.
  static let implied: [String: Set<String>] = [
    "li": words("li"),
    "dt": words("dt dd"),
    "dd": words("dt dd"),
    "td": words("td th tr tbody tfoot thead"),
    "th": words("td th tr tbody tfoot thead"),
    "tr": words("tr tbody tfoot thead"),
    "thead": words("tbody tfoot"),
    "tbody": words("tbody tfoot"),
    "tfoot": words("tbody"),
    "option": words("option optgroup"),
    "optgroup": words("optgroup"),
    "p": words(
      """
      address article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 h5 \
      h6 header hr main nav ol p pre section table ul
      """),
  ]

  /// Attributes that are there or not, whatever their value.
  static let booleanAttributes: Set<String> = words(
    """
    allowfullscreen async autofocus autoplay checked controls default defer disabled \
    formnovalidate hidden inert ismap itemscope loop multiple muted nomodule novalidate open \
    playsinline readonly required reversed selected
    """)

  /// Whether an attribute is for the page's script only, never part of the HTML.
  static func isDirective(_ name: String) -> Bool {
    if ["twoway", "lazy", "no-delegation", "decorator", "intro", "outro"].contains(name) {
      return true
    }
    if name.hasPrefix("as-"), name.utf8.count > 3 { return true }
    return (name.hasSuffix("-in") || name.hasSuffix("-out"))
      && !name.hasPrefix("data-") && !name.hasPrefix("aria-")
  }

  /// Whether `byte` may stand in an element's name.
  static func isNamePart(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || "_:.-".utf8.contains(byte)
  }

  static func words(_ text: String) -> Set<String> {
    Set(text.split(separator: " ").map(String.init))
  }
}
