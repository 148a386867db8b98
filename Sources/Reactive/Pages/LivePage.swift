// An HTML page with elements that show models or widgets: read once by `PageParser`, kept by the
// caller, and rendered for each request by `PageRenderer` with what the apps say. It asks no app
// itself and does no I/O.

/// A page with bindings and widgets.
public struct LivePage: Sendable {
  /// The elements with a `bind` attribute, in order.
  public let bindings: [Binding]
  /// The widgets outside bindings, in order.
  public let widgets: [WidgetUse]
  /// Mistakes in the page that spoil one element each; the rest of the page is drawn.
  public let problems: [ReactiveError]
  let pieces: [PagePiece]

  /// Reads the page `html`, which errors call `name`. Never fails: mistakes become `problems`.
  public init(html: String, name: String) {
    var parser = PageParser(source: Array(html.utf8), name: name)
    parser.parse()
    bindings = parser.bindings
    widgets = parser.widgets
    problems = parser.problems
    pieces = parser.pieces
  }

  /// Whether `html` may be a live page: whether it has a binding, a widget or a placeholder.
  public static func isLive(_ html: some Sequence<UInt8>) -> Bool {
    PageParser.isLive(Array(html))
  }

  /// The page with `bindings` and `widgets` filled in, each in the order of the page's own; one
  /// that is missing stays empty. Problems of single elements go to `report` and are drawn as
  /// `visit` says. Throws `.limit` when the page grows beyond 16 MiB.
  public func render(
    bindings: [BindingFill], widgets: [WidgetFill], visit: PageVisit,
    assets: PageAssets = PageAssets(), report: (ReactiveError) -> Void = { _ in }
  ) throws(ReactiveError) -> String {
    var renderer = PageRenderer(page: self, visit: visit, assets: assets, report: report)
    return try renderer.render(bindings: bindings, widgets: widgets)
  }
}
