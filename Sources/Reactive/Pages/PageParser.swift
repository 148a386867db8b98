// Reads a page in one tolerant pass: finds bindings, widgets, the templates that the page holds for
// them, and where the host's own tags go; everything else stays byte for byte. What is special is
// read in `PageParser+bindings.swift` and `+widgets.swift`.

/// The state of reading one page.
struct PageParser {
  let text: SourceText
  var position = 0
  /// From where on the page isn't in `pieces` yet.
  var copied = 0
  var pieces: [PagePiece] = []
  var problems: [ReactiveError] = []
  var widgets: [WidgetUse] = []
  /// The paths of the scripts and style sheets that the page brings along.
  var assets: Set<String> = []
  var found: [FoundBinding] = []
  /// Templates of the page by id: where their text stands.
  var templates: [String: Range<Int>] = [:]
  var ids: Set<String> = []
  /// Set when an element is never closed: nothing behind it can be relied on.
  var isBroken = false
  private var hasAssets = false
  private var hasData = false
  private var known = (offset: 0, place: SourcePlace.start)

  init(source: [UInt8], name: String) {
    text = SourceText(bytes: source, name: name)
  }

  /// Whether a page may have something to find.
  static func isLive(_ html: [UInt8]) -> Bool {
    let text = SourceText(bytes: html, name: "")
    return ["bind=\"/", "bind='/", "<perigee-widget", "{{{ widget", "{{{widget"].contains {
      text.find(Array($0.utf8), from: 0) != nil
    }
  }

  mutating func parse() {
    while !isBroken, let byte = text[position] {
      if byte == UInt8(ascii: "<") {
        markup()
      } else if byte == UInt8(ascii: "{"), isPlaceholder {
        placeholder()
      } else {
        position += 1
      }
    }
    position = text.end
    flush(to: position)
    if !hasData { pieces.append(.data) }
  }

  /// The bindings with their templates, which may stand anywhere on the page.
  mutating func bindings() -> [Binding] { found.map { binding($0) } }

  /// Adds what lies before `offset` to the pieces, as it is.
  mutating func flush(to offset: Int) {
    if copied < offset { pieces.append(.html(Array(text.bytes[copied..<offset]))) }
    copied = max(copied, offset)
  }

  private mutating func markup() {
    let start = position
    if text.has(Array("<!--".utf8), at: start) {
      position = text.find(Array("-->".utf8), from: start + 4).map { $0 + 3 } ?? text.end
    } else if text[start + 1] == UInt8(ascii: "/") {
      endTag()
    } else if text[start + 1]?.isLetter == true {
      guard let tag = StartTag(text, at: start, hasMustaches: false) else {
        position = text.end
        return
      }
      position = tag.end
      startTag(tag, at: start)
    } else {
      position += 1
    }
  }

  private mutating func endTag() {
    let start = position
    position = text.find([UInt8(ascii: ">")], from: start).map { $0 + 1 } ?? text.end
    let name = text.text(start + 2..<max(start + 2, min(position - 1, start + 10))).lowercased()
    if name.hasPrefix("head"), !name.hasPrefix("header") { placeAssets(at: start) }
    if name.hasPrefix("body") { placeData(at: start) }
    if name.hasPrefix("html") { placeData(at: start) }
  }

  private mutating func placeAssets(at offset: Int) {
    guard !hasAssets else { return }
    hasAssets = true
    flush(to: offset)
    pieces.append(.assets)
  }

  private mutating func placeData(at offset: Int) {
    guard !hasData else { return }
    hasData = true
    flush(to: offset)
    pieces.append(.data)
  }

  private mutating func startTag(_ tag: StartTag, at start: Int) {
    if let id = tag["id"] { ids.insert(id) }
    switch tag.name {
    case "script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes":
      if let path = tag["src"].map(Self.path), tag.name == "script" { assets.insert(path) }
      let end = rawEnd(of: tag)
      if tag.name == "script", tag["type"] == "text/ractive", let id = tag["id"] {
        templates[id] = tag.end..<end
      }
      position = end
    case "template":
      let end = contentsEnd(of: tag, hasMustaches: true) ?? text.end
      if let id = tag["id"] { templates[id] = tag.end..<end }
      position = end
    case "body": placeAssets(at: start)
    case "link":
      if let path = tag["href"].map(Self.path) { assets.insert(path) }
    case "perigee-widget": widget(tag, at: start)
    default: if let address = tag["bind"], address.first == "/" { binding(tag, at: start) }
    }
  }

  /// The path of a URL without query and fragment.
  private static func path(_ url: String) -> String {
    String(url.prefix { $0 != "?" && $0 != "#" })
  }

  /// Where the contents of an element end in which tags are text.
  func rawEnd(of tag: StartTag) -> Int {
    let name = Array(tag.name.utf8)
    var offset = tag.end
    while let next = text.find(Array("</".utf8), from: offset) {
      let matches = name.indices.allSatisfy { text[next + 2 + $0]?.lowercase == name[$0] }
      if matches, text[next + 2 + name.count].map({ !$0.isLetter && !$0.isDigit }) ?? true {
        return next
      }
      offset = next + 2
    }
    return text.end
  }

  /// Where `offset` is in the page. Offsets must not decrease from call to call.
  mutating func place(at offset: Int) -> SourcePlace {
    if offset >= known.offset {
      let stretch = SourceText(
        bytes: Array(text.bytes[known.offset..<offset]), name: "", start: known.place)
      known = (offset, stretch.place(at: stretch.end))
    }
    return known.place
  }

  mutating func problem(at offset: Int, _ message: String) -> ReactiveError {
    let place = place(at: offset)
    let error = ReactiveError(
      .template, message, name: text.name, line: place.line, column: place.column)
    problems.append(error)
    return error
  }
}
