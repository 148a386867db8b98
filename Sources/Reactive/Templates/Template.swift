// A template as apps and pages hold it: read once, rendered for each request. The reader is
// `TemplateParser`, the renderer `Renderer`; both do no I/O and hold no state between calls.

/// A template: HTML with mustaches. Reading it finds every mistake in its text; rendering fails
/// only when it meets a bound.
public struct Template: Sendable {
  /// The text that the template was read from.
  public let source: String
  /// What its errors call it, such as the name of a file.
  public let name: String
  /// What its first mustache is written with.
  let delimiters: Delimiters
  let nodes: [Node]
  /// Its inline partials by name.
  let partials: [String: Template]

  /// Reads `source`. Throws `.template` with the line and column of a mistake, or `.limit` when it
  /// is nested too deeply.
  public init(source: String, name: String = "") throws(ReactiveError) {
    try self.init(source: source, name: name, start: .start)
  }

  /// Reads text that begins at `start` of the file `name`.
  init(source: String, name: String, start: SourcePlace) throws(ReactiveError) {
    var parser = TemplateParser(source: Array(source.utf8), name: name, start: start)
    self = try parser.template(source: source)
  }

  init(
    source: String, name: String, delimiters: Delimiters, nodes: [Node],
    partials: [String: Template]
  ) {
    self.source = source
    self.name = name
    self.delimiters = delimiters
    self.nodes = nodes
    self.partials = partials
  }

  /// What mustaches begin and end with.
  struct Delimiters: Sendable {
    let open: [UInt8]
    let close: [UInt8]
  }

  /// This template with `indent` before each line that isn't empty.
  func indented(by indent: String) throws(ReactiveError) -> Template {
    var lines: [UInt8] = []
    var isLineStart = true
    for byte in source.utf8 {
      if isLineStart, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
        lines.append(contentsOf: indent.utf8)
      }
      lines.append(byte)
      isLineStart = byte == UInt8(ascii: "\n")
    }
    var parser = TemplateParser(source: lines, name: name, start: .start)
    parser.open = delimiters.open
    parser.close = delimiters.close
    return try parser.template(source: String(decoding: lines, as: UTF8.self))
  }

  /// The HTML for `data`, which is the root that names are looked up in. A partial that is missing
  /// shows nothing; elements named like one of `components` are drawn by it.
  ///
  /// Throws `.limit` when the result is larger than 16 MiB, partials are nested more than 200
  /// deep, or more than five million steps are needed.
  public func render(
    data: JSONValue, partials: [String: Template] = [:], components: [String: Component] = [:]
  ) throws(ReactiveError) -> String {
    var renderer = Renderer(partials: partials, components: components)
    try renderer.render(self, data: data)
    return renderer.text
  }
}
