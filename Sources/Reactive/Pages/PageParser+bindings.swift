/// Elements with a `bind` attribute, and the templates that draw them.
extension PageParser {
  /// An element with a `bind` attribute, before the page's templates are known.
  struct FoundBinding {
    let address: String
    let place: SourcePlace
    /// The id that the attribute `template` names.
    let templateID: String?
    let contents: Range<Int>
    let contentsPlace: SourcePlace
  }

  mutating func binding(_ tag: StartTag, at start: Int) {
    let place = place(at: start)
    let contentsPlace = self.place(at: tag.end)
    guard !tag.isSelfClosing, let end = contentsEnd(of: tag, hasMustaches: true) else {
      flush(to: start)
      pieces.append(
        .problem(
          problem(at: tag.end, "<\(tag.name) bind> is not closed; it ends with </\(tag.name)>")))
      isBroken = !tag.isSelfClosing
      return
    }
    flush(to: start)
    let bind = tag.attributes.first { $0.name == "bind" }?.range ?? tag.close..<tag.close
    pieces.append(
      .binding(
        found.count, before: Array(text.bytes[start..<bind.lowerBound]),
        behind: Array(text.bytes[bind.upperBound..<tag.close])))
    found.append(
      FoundBinding(
        address: tag["bind"] ?? "", place: place,
        templateID: tag["template"].flatMap { $0.first == "#" ? String($0.dropFirst()) : nil },
        contents: tag.end..<end, contentsPlace: contentsPlace))
    position = end
    copied = end
  }

  /// Where the contents of an element end: at its end tag, past elements of the same name within.
  /// Nil when there is no end tag.
  func contentsEnd(of tag: StartTag, hasMustaches: Bool) -> Int? {
    var open = 1
    var offset = tag.end
    while let byte = text[offset] {
      if hasMustaches, byte == 0x7B, let end = text.mustacheEnd(from: offset) {
        offset = end
      } else if byte != UInt8(ascii: "<") {
        offset += 1
      } else if text.has(Array("<!--".utf8), at: offset) {
        guard let end = text.find(Array("-->".utf8), from: offset + 4) else { return nil }
        offset = end + 3
      } else if text[offset + 1] == UInt8(ascii: "/") {
        let end = text.find([UInt8(ascii: ">")], from: offset) ?? text.end
        let name = text.text(offset + 2..<end).lowercased()
        if name.trimmedLikeJavaScript == tag.name { open -= 1 }
        if open == 0 { return offset }
        offset = end
      } else if text[offset + 1]?.isLetter == true {
        guard let inner = StartTag(text, at: offset, hasMustaches: hasMustaches) else { return nil }
        if inner.name == tag.name, !inner.isSelfClosing { open += 1 }
        let isRaw = ["script", "style", "textarea", "title"].contains(inner.name)
        offset = isRaw && !inner.isSelfClosing ? rawEnd(of: inner) : inner.end
      } else {
        offset += 1
      }
    }
    return nil
  }

  /// The binding with the template that draws it: the page's own of an id, the one that stands
  /// between its tags, or what stands there itself.
  mutating func binding(_ found: FoundBinding) -> Binding {
    var range = found.contents
    var start = found.contentsPlace
    if let id = found.templateID {
      guard let named = templates[id] else {
        return binding(
          found, source: "",
          error(found.place, "there is no template with the id \(id) on the page"))
      }
      range = named
      start = text.place(at: range.lowerBound)
    } else if let inner = innerTemplate(found.contents) {
      range = inner
      start = text.place(at: range.lowerBound)
    }
    let source = text.text(range)
    if let nested = nestedBinding(range) {
      return binding(
        found, source: source,
        error(
          text.place(at: nested),
          "bind can't stand within a bound element; use two elements beside one another"))
    }
    do throws(ReactiveError) {
      let template = try Template(source: source, name: text.name, start: start)
      return binding(found, source: source, template: template)
    } catch {
      return binding(found, source: source, error)
    }
  }

  private mutating func binding(
    _ found: FoundBinding, source: String, template: Template? = nil, _ error: ReactiveError? = nil
  ) -> Binding {
    if let error { problems.append(error) }
    var problem = error
    var address: Template?
    do throws(ReactiveError) {
      address = try Template(source: found.address, name: text.name, start: found.place)
    } catch {
      problems.append(error)
      problem = problem ?? error
    }
    return Binding(
      source: source, template: template, address: address, place: found.place, page: text.name,
      problem: problem)
  }

  private func error(_ place: SourcePlace, _ message: String) -> ReactiveError {
    ReactiveError(
      .template, message, name: text.name, line: place.line, column: place.column)
  }

  /// Where the text of a `<script type="text/ractive">` or `<template>` stands that the contents of
  /// an element begin with.
  private func innerTemplate(_ contents: Range<Int>) -> Range<Int>? {
    let start = text.skippingSpace(from: contents.lowerBound)
    guard start < contents.upperBound, text[start] == UInt8(ascii: "<"),
      let tag = StartTag(text, at: start, hasMustaches: false), tag.end <= contents.upperBound
    else { return nil }
    switch tag.name {
    case "script" where tag["type"] == "text/ractive":
      return tag.end..<min(rawEnd(of: tag), contents.upperBound)
    case "template":
      let end = contentsEnd(of: tag, hasMustaches: true) ?? contents.upperBound
      return tag.end..<min(end, contents.upperBound)
    default: return nil
    }
  }

  /// Where a bound element begins within `contents`.
  private func nestedBinding(_ contents: Range<Int>) -> Int? {
    var offset = contents.lowerBound
    while offset < contents.upperBound {
      if text.has(Array("<!--".utf8), at: offset) {
        offset = text.find(Array("-->".utf8), from: offset + 4) ?? contents.upperBound
      } else if text[offset] == UInt8(ascii: "<"),
        let tag = StartTag(text, at: offset, hasMustaches: true), tag.end <= contents.upperBound
      {
        if tag.name != "perigee-widget", tag["bind"]?.first == "/" { return offset }
        offset = tag.end
      } else {
        offset += 1
      }
    }
    return nil
  }
}
