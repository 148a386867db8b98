/// What the server knows about one binding of a page for one request.
public struct BindingFill: Sendable {
  public let address: Binding.Address
  /// The model's channel, such as `model:todos`; nil when there is none to show.
  public let channel: String?
  /// The key that the model chose for this visit.
  public let key: String?
  /// Where in the channel the snapshot was taken; null when unknown.
  public let position: JSONValue
  /// The model's data, an object; nil when the visitor may not see it yet, which leaves the
  /// element empty.
  public let snapshot: JSONValue?
  /// Descriptions of schemas by event.
  public let schemas: JSONValue
  /// Why the element stays empty although it should not; shown in its place while developing.
  public let problem: String?

  public init(
    address: Binding.Address, channel: String? = nil, key: String? = nil,
    position: JSONValue = .null, snapshot: JSONValue? = nil, schemas: JSONValue = [:],
    problem: String? = nil
  ) {
    self.address = address
    self.channel = channel
    self.key = key
    self.position = position
    self.snapshot = snapshot
    self.schemas = schemas
    self.problem = problem
  }
}

/// What the server knows about one widget of a page for one request.
public struct WidgetFill: Sendable {
  /// The app that declares the widget.
  public let app: String
  /// The widget's namespace, such as `/pingpong`.
  public let namespace: String
  /// What draws the widget; nil leaves it empty.
  public let template: Template?
  /// What the template is drawn from.
  public let data: JSONValue
  public let partials: [String: Template]
  /// Paths of the widget's style sheets, base before derived.
  public let styles: [String]
  /// Paths of the widget's scripts, base before derived.
  public let scripts: [String]
  /// Descriptions of schemas by event.
  public let schemas: JSONValue
  /// More members for the widget's entry in the page's data.
  public let more: JSONObject
  /// Why the widget stays empty; shown in its place while developing.
  public let problem: String?

  public init(
    app: String, namespace: String, template: Template?, data: JSONValue = [:],
    partials: [String: Template] = [:], styles: [String] = [], scripts: [String] = [],
    schemas: JSONValue = [:], more: JSONObject = [:], problem: String? = nil
  ) {
    self.app = app
    self.namespace = namespace
    self.template = template
    self.data = data
    self.partials = partials
    self.styles = styles
    self.scripts = scripts
    self.schemas = schemas
    self.more = more
    self.problem = problem
  }
}

/// Where the scripts are that every live page needs.
public struct PageAssets: Sendable {
  public let client: String
  public let library: String

  public init(client: String = "/perigee.js", library: String = "/ractive.js") {
    self.client = client
    self.library = library
  }
}
