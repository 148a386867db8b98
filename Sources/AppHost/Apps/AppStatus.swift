/// How an app fared when the host started.
public struct AppStatus: Sendable {
  public let name: String
  /// The title of its manifest, or its name.
  public let title: String
  /// What it serves; empty if it does not run.
  public let namespaces: [String]
  /// Whether it has pages at `/NAME/`.
  public let hasPages: Bool
  /// Why it does not run.
  public let failure: String?

  init(_ source: AppSource, namespaces: [String]) {
    name = source.name
    title = source.manifest.title.isEmpty ? source.name : source.manifest.title
    self.namespaces = namespaces
    hasPages = source.www != nil
    failure = nil
  }

  init(name: String, failure: String) {
    self.name = name
    title = name
    namespaces = []
    hasPages = false
    self.failure = failure
  }
}
