// What was asked of an engine and its thread has not taken up. Any thread adds; the engine's thread takes
// all at once, so that a burst costs one wake-up and travels together.

import NIOConcurrencyHelpers
import NIOCore

/// The line in front of an engine's thread.
final class EngineRequests: Sendable {
  /// A subscription that waits to be made.
  struct Subscribing {
    let pattern: ChannelPattern
    let done: @Sendable (Result<Position?, PubSubError>) -> Void
  }

  /// A history that waits to be read.
  struct Recovering {
    let request: EngineRecoveryRequest
    /// When it has waited too long for a link.
    let deadline: NIODeadline
    let done: @Sendable (Result<Recovery<EnginePublication>, PubSubError>) -> Void
  }

  /// What is asked, in order.
  enum Request {
    case subscribe(Subscribing)
    case unsubscribe(ChannelPattern)
    case recover(Recovering)
  }

  private struct State {
    var publications: PublishQueue
    /// Publications without a history, for those on this node, who need no engine for them.
    var local: [EnginePublication] = []
    var requests: [Request] = []
    var health = EngineHealth.connecting
    var isAwake = false
    var shutDown: [@Sendable () -> Void] = []
  }

  private let state: NIOLockedValueBox<State>
  private let wake: @Sendable () -> Void
  private let scheme: String

  init(scheme: String, limits: EngineLimits, node: UInt64, wake: @escaping @Sendable () -> Void) {
    self.scheme = scheme
    self.wake = wake
    state = NIOLockedValueBox(State(publications: PublishQueue(node: node, limits: limits)))
  }

  var health: EngineHealth { state.withLockedValue { $0.health } }

  func setHealth(_ health: EngineHealth) { state.withLockedValue { $0.health = health } }

  // MARK: From any thread

  func publish(
    _ message: ByteBuffer, on channel: String, keeping limits: HistoryLimits?,
    done: @escaping @Sendable (Result<Position?, PubSubError>) -> Void
  ) {
    var failure: PubSubError?
    add { state in
      do throws(PubSubError) {
        guard state.health != .shutDown else { throw self.ended }
        let origin = try state.publications.append(
          message, on: channel, keeping: limits, now: .now(), done: done)
        guard limits == nil else { return }
        state.local.append(
          EnginePublication(channel: channel, position: nil, origin: origin, message: message))
      } catch {
        failure = error
      }
    }
    if let failure { done(.failure(failure)) }
  }

  func subscribe(_ subscribing: Subscribing) {
    guard ask(.subscribe(subscribing)) else { return subscribing.done(.failure(ended)) }
  }

  func unsubscribe(_ pattern: ChannelPattern) { _ = ask(.unsubscribe(pattern)) }

  func recover(_ recovering: Recovering) {
    guard ask(.recover(recovering)) else { return recovering.done(.failure(ended)) }
  }

  /// - Parameter done: called once the thread has ended.
  func shutDown(done: @escaping @Sendable () -> Void) {
    var hasEnded = false
    add { state in
      hasEnded = state.health == .shutDown
      if !hasEnded { state.shutDown.append(done) }
    }
    if hasEnded { done() }
  }

  private func ask(_ request: Request) -> Bool {
    var isOpen = false
    add { state in
      isOpen = state.health != .shutDown
      if isOpen { state.requests.append(request) }
    }
    return isOpen
  }

  private var ended: PubSubError {
    PubSubError(.shutDown, "the link to the \(scheme) engine was shut down")
  }

  private func add(_ body: (inout State) -> Void) {
    let mustWake = state.withLockedValue { state in
      body(&state)
      defer { state.isAwake = true }
      return !state.isAwake
    }
    if mustWake { wake() }
  }

  // MARK: From the engine's thread

  /// What the thread takes up at once.
  struct Batch {
    var requests: [Request]
    var local: [EnginePublication]
    var isEnding: Bool
  }

  /// Takes all requests. Called before each wait; what comes later wakes the thread.
  func take() -> Batch {
    state.withLockedValue { state in
      defer {
        state.requests = []
        state.local = []
        state.isAwake = false
      }
      return Batch(
        requests: state.requests, local: state.local, isEnding: !state.shutDown.isEmpty)
    }
  }

  /// Takes publications to be sent.
  func takePublications(_ most: Int) -> [PublishQueue.Entry] {
    state.withLockedValue { $0.publications.take(most) }
  }

  /// Whether publications wait to be sent.
  var hasPublications: Bool { state.withLockedValue { $0.publications.isWaiting } }

  /// Answers the oldest publication that was sent.
  func confirm(_ result: Result<Position?, PubSubError>) {
    state.withLockedValue { $0.publications.confirmed() }?.done(result)
  }

  /// What was sent and not answered is sent again later.
  func linkLost() { state.withLockedValue { $0.publications.linkLost() } }

  /// Answers what has waited for too long.
  func expire(now: NIODeadline) {
    let (expired, reason) = state.withLockedValue { state in
      (state.publications.expire(now: now), state.health.reason)
    }
    for entry in expired {
      entry.done(.failure(PubSubError(.overdue, "the \(scheme) engine did not take it: \(reason)")))
    }
  }

  /// Ends everything: all that waits is answered, nothing more is taken.
  func end() {
    let left = state.withLockedValue { state in
      defer {
        state.requests = []
        state.local = []
        state.shutDown = []
        state.health = .shutDown
      }
      return (state.publications.removeAll(), state.requests, state.shutDown)
    }
    for entry in left.0 { entry.done(.failure(ended)) }
    for request in left.1 { refuse(request) }
    for done in left.2 { done() }
  }

  private func refuse(_ request: Request) {
    switch request {
    case .subscribe(let subscribing): subscribing.done(.failure(ended))
    case .recover(let recovering): recovering.done(.failure(ended))
    case .unsubscribe: break
    }
  }
}

extension EngineHealth {
  /// Why publications wait.
  fileprivate var reason: String {
    switch self {
    case .connecting: "it has not been reached yet"
    case .up: "it is too slow"
    case .down(let reason): reason
    case .shutDown: "it was shut down"
    }
  }
}
