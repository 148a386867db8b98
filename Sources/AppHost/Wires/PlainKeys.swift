import NIOConcurrencyHelpers

/// The open sessions of plain wires by their secrets, for requests that speak for them and for a host
/// that stops. Used from every event loop.
final class PlainKeys: Sendable {
  private let sessions = NIOLockedValueBox<[String: PlainSession]>([:])

  subscript(key: String) -> PlainSession? {
    get { sessions.withLockedValue { $0[key] } }
    set { sessions.withLockedValue { $0[key] = newValue } }
  }

  /// The host is about to stop: what would last does not keep it waiting.
  func quiesce() {
    for session in sessions.withLockedValue({ Array($0.values) }) {
      session.context.eventLoop.execute { session.quiesce() }
    }
  }
}
