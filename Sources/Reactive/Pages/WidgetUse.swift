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
}
