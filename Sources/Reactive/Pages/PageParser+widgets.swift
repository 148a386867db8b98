/// Widgets of a page: elements `<perigee-widget>` and placeholders `{{{ widget … }}}`.
extension PageParser {
  /// Attributes of a widget's element that say nothing about its data.
  private static let plainAttributes = HTMLNames.words(
    "name app id class style bind template hidden role title lang dir tabindex slot part")

  mutating func widget(_ tag: StartTag, at start: Int) {
    let place = place(at: start)
    guard let name = tag["name"], !name.isEmpty else {
      let message = "<perigee-widget> needs the attribute name"
      return replace(from: start, with: .problem(problem(at: tag.end, message)))
    }
    var params: [(String, JSONValue)] = []
    var attributes: [UInt8] = []
    for attribute in tag.attributes {
      if attribute.name != "name", attribute.name != "app", attribute.name != "id" {
        attributes.append(UInt8(ascii: " "))
        attributes += text.bytes[attribute.range]
      }
      if !Self.plainAttributes.contains(attribute.name), !attribute.name.hasPrefix("data-"),
        !attribute.name.hasPrefix("aria-")
      {
        params.append((attribute.name, Self.value(of: attribute)))
      }
    }
    if !tag.isSelfClosing, let end = contentsEnd(of: tag, hasMustaches: true) {
      position = text.find([UInt8(ascii: ">")], from: end).map { $0 + 1 } ?? text.end
    }
    add(
      WidgetUse(
        written: name, app: tag["app"], id: tag["id"], params: .object(JSONObject(params)),
        attributes: String(decoding: attributes, as: UTF8.self), place: place, page: text.name),
      from: start)
  }

  /// An attribute's value as JSON, or else as text.
  private static func value(of attribute: StartTag.Attribute) -> JSONValue {
    let text = attribute.value ?? ""
    return (try? JSONValue(parsing: text)) ?? .string(text)
  }

  /// Whether a placeholder begins at the position.
  var isPlaceholder: Bool {
    guard text.has(Array("{{{".utf8), at: position) else { return false }
    let next = text.skippingSpace(from: position + 3)
    return text.has(Array("widget".utf8), at: next) && text[next + 6]?.isSpace == true
  }

  mutating func placeholder() {
    let start = position
    let place = place(at: start)
    let close = Array("}}}".utf8)
    var parser = ExpressionParser(
      text: text, position: text.skippingSpace(from: start + 3) + 6, close: close)
    do throws(ReactiveError) {
      let scope = Scope(root: [:], work: Work())
      let name = try parser.expression().value(in: scope).shownText
      var params: [(String, JSONValue)] = []
      while !text.has(close, at: text.skippingSpace(from: parser.position)) {
        let (key, value) = try parser.parameter()
        params.append((key, value.value(in: scope).json ?? .null))
      }
      position = text.skippingSpace(from: parser.position) + close.count
      let given = JSONObject(params)
      let own = params.filter { $0.0 != "app" && $0.0 != "id" }
      add(
        WidgetUse(
          written: name, app: given["app"]?.string, id: given["id"]?.string,
          params: .object(JSONObject(own)), attributes: "", place: place, page: text.name),
        from: start)
    } catch {
      problems.append(error)
      position = text.find(close, from: max(start + 3, parser.position)).map { $0 + 3 } ?? text.end
      replace(from: start, with: .problem(error))
    }
  }

  private mutating func add(_ widget: WidgetUse, from start: Int) {
    replace(from: start, with: .widget(widgets.count))
    widgets.append(widget)
    ids.insert(widget.id)
  }

  private mutating func replace(from start: Int, with piece: PagePiece) {
    flush(to: start)
    pieces.append(piece)
    copied = position
  }

  /// The widgets, each with an id of its own.
  func identifiedWidgets() -> [WidgetUse] {
    var taken = ids
    var counts: [String: Int] = [:]
    return widgets.map { widget in
      guard widget.id.isEmpty else { return widget }
      var id: String
      repeat {
        counts[widget.name, default: 0] += 1
        id = widget.name + String(counts[widget.name, default: 1])
      } while !taken.insert(id).inserted
      return widget.identified(as: id)
    }
  }
}

extension ExpressionParser {
  /// Reads `name=expression`, a parameter of a placeholder.
  fileprivate mutating func parameter() throws(ReactiveError) -> (String, Expression) {
    skipSpace()
    let start = position
    while let byte = text[position], byte.isNamePart || byte == UInt8(ascii: "-") { position += 1 }
    guard position > start else { throw unexpected("expected name=value or }}}") }
    let name = text.text(start..<position)
    try expect("=")
    return (name, try expression())
  }
}
