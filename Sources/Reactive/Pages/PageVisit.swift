/// A request for a page, as far as the page's text may refer to it.
public struct PageVisit: Sendable {
  /// The path of the request, decoded.
  public let path: String
  /// The query's parameters by name; a parameter given several times has the last value.
  public let query: JSONObject
  /// Whether mistakes are shown in the page, in the place of what they spoil.
  public let showsProblems: Bool

  public init(path: String, query: JSONObject = [:], showsProblems: Bool = false) {
    self.path = path
    self.query = query
    self.showsProblems = showsProblems
  }

  /// What mustaches in a `bind` attribute see.
  var data: JSONValue { ["path": .string(path), "query": .object(query)] }
}
