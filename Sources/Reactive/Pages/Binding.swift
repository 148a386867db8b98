/// An element of a page that shows a model: `<div bind="/todo#todos">`.
public struct Binding: Sendable {
  /// What a `bind` attribute names: `/NAMESPACE`, `/NAMESPACE#MODEL` or `/NAMESPACE#MODEL:KEY`.
  public struct Address: Sendable, Hashable {
    /// With its leading slash.
    public let namespace: String
    public let model: String?
    /// Nil when the address names none; the model may still be keyed.
    public let key: String?

    public init(namespace: String, model: String? = nil, key: String? = nil) {
      self.namespace = namespace
      self.model = model
      self.key = key
    }
  }

  /// The text of the template that draws the element's contents.
  public let source: String
  /// The template; nil when the page has no usable one, which `LivePage.problems` explains.
  public let template: Template?
  /// The `bind` attribute, which may hold mustaches over `query` and `path`.
  let address: Template?
  let place: SourcePlace
  let page: String
  /// Why it has no template or no address.
  let problem: ReactiveError?

  /// What the element shows for `visit`. Throws `.template` when the attribute is not an address.
  public func address(for visit: PageVisit) throws(ReactiveError) -> Address {
    let html = try address?.render(data: visit.data) ?? ""
    let text = Escaping.unescaped(Array(html.utf8))
    guard let address = Address(visibleText: text) else {
      throw ReactiveError(
        .template, "bind=\"\(text)\" is not of the form /NAMESPACE#MODEL:KEY", name: page,
        line: place.line, column: place.column)
    }
    return address
  }
}
