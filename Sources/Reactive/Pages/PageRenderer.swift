// Puts a page together for one request: its own text, what bindings and widgets show, the tags of
// scripts and styles, and the data that the scripts go on from. The data is `PageData`'s.

/// The state of rendering one page.
struct PageRenderer {
  private let page: LivePage
  private let bindings: [BindingFill]
  private let widgets: [WidgetFill]
  private let visit: PageVisit
  private let assets: PageAssets
  private let work = Work()
  private var output: [UInt8] = []
  private var hasAssets = false

  init(
    page: LivePage, bindings: [BindingFill], widgets: [WidgetFill], visit: PageVisit,
    assets: PageAssets
  ) {
    self.page = page
    self.bindings = bindings
    self.widgets = widgets
    self.visit = visit
    self.assets = assets
  }

  mutating func render(report: (ReactiveError) -> Void) throws(ReactiveError) -> String {
    for piece in page.pieces {
      switch piece {
      case .html(let html): output += html
      case .binding(let index, let before, let behind):
        renderBinding(index, before, behind, report)
      case .widget(let index): renderWidget(index, report)
      case .assets: appendAssets()
      case .data:
        appendAssets()
        appendData()
      case .problem(let problem): show(problem)
      }
      if output.count > Renderer.outputLimit {
        throw ReactiveError(.limit, "the page is larger than \(Renderer.outputLimit >> 20) MiB")
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  private mutating func renderBinding(
    _ index: Int, _ before: [UInt8], _ behind: [UInt8], _ report: (ReactiveError) -> Void
  ) {
    let binding = page.bindings[index]
    let fill = index < bindings.count ? bindings[index] : nil
    var contents: [UInt8] = []
    if let problem = binding.problem {
      show(problem)
    } else if let problem = fill?.problem {
      show(problem, name: binding.page, binding.place)
    } else if let template = binding.template, let snapshot = fill?.snapshot?.object {
      contents = render(template, visit.viewData(snapshot), [:], report)
    }
    output += before
    if let fill { append("bind", fill.address.text, space: "") }
    output += behind
    append(" data-perigee=\"\(index)\">")
    output += contents
  }

  private mutating func renderWidget(_ index: Int, _ report: (ReactiveError) -> Void) {
    let widget = page.widgets[index]
    let fill = index < widgets.count ? widgets[index] : nil
    var contents: [UInt8] = []
    if let problem = fill?.problem {
      show(problem, name: widget.page, widget.place)
    } else if let fill, let template = fill.template {
      contents = render(
        template, visit.viewData(fill.data.object ?? [:]), fill.partials, report)
    }
    append("<perigee-widget")
    append("name", widget.name)
    if let app = fill?.app ?? widget.app { append("app", app) }
    append("id", widget.id)
    append(widget.attributes)
    append(">")
    output += contents
    append("</perigee-widget>")
  }

  /// What a template draws. If it can't, that is shown and nothing is drawn.
  private mutating func render(
    _ template: Template, _ data: JSONValue, _ partials: [String: Template],
    _ report: (ReactiveError) -> Void
  ) -> [UInt8] {
    var renderer = Renderer(partials: partials, components: [:], work: work)
    do throws(ReactiveError) {
      try renderer.render(template, data: data)
      return renderer.output
    } catch {
      report(error)
      show(error)
      return []
    }
  }

  /// Shows a problem before the element that it spoils, whose contents the page's scripts replace.
  private mutating func show(_ problem: ReactiveError) {
    guard visit.showsProblems else { return }
    append("<pre class=\"perigee-problem\" role=\"alert\">")
    Escaping.append(problem.description, to: &output)
    append("</pre>")
  }

  private mutating func show(_ message: String, name: String, _ place: SourcePlace) {
    show(ReactiveError(.data, message, name: name, line: place.line, column: place.column))
  }

  /// Scripts and styles that the page lacks: the client, the library, then those of widgets in the
  /// order of first use.
  private mutating func appendAssets() {
    guard !hasAssets else { return }
    hasAssets = true
    var known = page.assets
    for path in widgets.flatMap(\.styles) where known.insert(path).inserted {
      append("<link rel=\"stylesheet\"")
      append("href", path)
      append(">\n")
    }
    let own = [assets.client, assets.library].filter { path in
      !page.assets.contains(path) && !page.assets.contains(Self.minified(path))
    }
    for path in own + widgets.flatMap(\.scripts) where known.insert(path).inserted {
      append("<script")
      append("src", path)
      append(" defer></script>\n")
    }
  }

  /// `/ractive.js` as `/ractive.min.js`.
  private static func minified(_ path: String) -> String {
    path.hasSuffix(".js") ? path.dropLast(3) + ".min.js" : path
  }

  private mutating func appendData() {
    append("<script type=\"application/json\" id=\"perigee-page\">")
    PageData(page: page, bindings: bindings, widgets: widgets).value
      .append(to: &output, scriptSafe: true)
    append("</script>\n")
  }

  private mutating func append(_ text: String) { output += text.utf8 }

  private mutating func append(_ attribute: String, _ value: String, space: String = " ") {
    append("\(space)\(attribute)=\"")
    Escaping.append(value, to: &output)
    append("\"")
  }
}
