/// A place of a page where a widget is shown: an element `<perigee-widget name="pingpong">` or a
/// placeholder `{{{ widget "pingpong" }}}`.
public struct WidgetUse: Sendable {
  /// The app that declares the widget; nil when the page doesn't say.
  public let app: String?
  public let name: String
  /// The element's id; unique on its page.
  public let id: String
  /// What the page says about the widget's data: an object.
  public let params: JSONValue
  /// Attributes of the element that go to the page as they are, each behind a space.
  let attributes: String
  let place: SourcePlace
  /// What errors call the page.
  let page: String

  /// A widget that the page calls `written`: NAME, or APP/NAME.
  init(
    written: String, app: String?, id: String?, params: JSONValue, attributes: String,
    place: SourcePlace, page: String
  ) {
    let parts = written.split(separator: "/")
    name = parts.last.map(String.init) ?? written
    self.app = app ?? (parts.count > 1 ? parts.dropLast().joined(separator: "/") : nil)
    self.id = id ?? ""
    self.params = params
    self.attributes = attributes
    self.place = place
    self.page = page
  }

  private init(_ widget: WidgetUse, id: String) {
    app = widget.app
    name = widget.name
    self.id = id
    params = widget.params
    attributes = widget.attributes
    place = widget.place
    page = widget.page
  }

  /// This widget with an id.
  func identified(as id: String) -> WidgetUse { WidgetUse(self, id: id) }
}
