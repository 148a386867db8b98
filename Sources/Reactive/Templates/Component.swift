/// What draws the elements of one name in a template.
public struct Component: Sendable {
  public let template: Template
  /// The data beneath what the element's attributes say.
  public let data: JSONValue

  public init(template: Template, data: JSONValue = .object([:])) {
    self.template = template
    self.data = data
  }
}
