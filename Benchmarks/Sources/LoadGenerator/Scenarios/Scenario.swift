/// A way of using a server, and what is measured while it is used so.
public protocol Scenario: Sendable {
  /// Runs once. Throws `LoadError` when the server cannot be used so at all; what merely goes wrong
  /// along the way is counted in the outcome.
  func run(on stage: Stage) async throws -> Outcome
}
