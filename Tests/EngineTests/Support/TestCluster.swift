import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import PubSub
import Testing

/// Some nodes that share an engine.
final class TestCluster: Sendable {
  let middle: any TestMiddle
  private let nodes = NIOLockedValueBox<[TestNode]>([])

  init(_ middle: any TestMiddle) { self.middle = middle }

  /// A node whose link is up.
  func node(limits: EngineLimits = EngineLimits()) async throws -> TestNode {
    let node = try lostNode(limits: limits)
    await node.heard { $0.health == .up }
    return node
  }

  /// A node that may never be linked.
  func lostNode(limits: EngineLimits = EngineLimits()) throws -> TestNode {
    let node = try TestNode(middle, limits: limits)
    nodes.withLockedValue { $0.append(node) }
    return node
  }

  /// Runs `body` and ends what it leaves.
  static func of(
    _ engine: EngineUnderTest, _ body: (TestCluster) async throws -> Void
  ) async throws {
    try await of(try await engine.cluster(), body)
  }

  /// Runs `body` and ends what it leaves.
  static func of(
    _ cluster: TestCluster, _ body: (TestCluster) async throws -> Void
  ) async throws {
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(cluster))
    } catch {
      outcome = .failure(error)
    }
    for node in cluster.nodes.withLockedValue({ $0 }) { await node.shutDown() }
    try await cluster.middle.end()
    try outcome.get()
  }
}

/// One node: its engine, and all that it has heard.
final class TestNode: Sendable {
  /// What a node has heard so far.
  struct Heard {
    var publications: [EnginePublication] = []
    var gaps: [String] = []
    var health = EngineHealth.connecting
    /// How often the link was up.
    var links = 0

    /// The messages of a channel, as text.
    func messages(on channel: String) -> [String] {
      publications.filter { $0.channel == channel }.map { String(buffer: $0.message) }
    }
  }

  private let ears: Ears
  let engine: any Engine

  init(_ middle: any TestMiddle, limits: EngineLimits) throws(PubSubError) {
    ears = Ears()
    engine = try middle.engine(limits: limits, receiver: ears)
  }

  var heard: Heard { ears.heard }

  /// Waits until what was heard is as `condition` says, or the test has taken too long.
  func heard(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: @escaping @Sendable (Heard) -> Bool
  ) async {
    if await ears.wait(condition) { return }
    Issue.record("it was not heard in time", sourceLocation: sourceLocation)
  }

  @discardableResult
  func publish(
    _ text: String, on channel: String, keeping limits: HistoryLimits? = .many
  ) async throws(PubSubError) -> Position? {
    try await publish(ByteBuffer(string: text), on: channel, keeping: limits)
  }

  func publish(
    _ message: ByteBuffer, on channel: String, keeping limits: HistoryLimits? = .many
  ) async throws(PubSubError) -> Position? {
    try await inTime(or: .late) {
      engine.publish(message, on: channel, keeping: limits, done: $0)
    }.get()
  }

  /// Publishes without waiting for one before the next; returns when all are answered.
  func publishAll(
    _ texts: [String], on channel: String, keeping limits: HistoryLimits? = .many
  ) async -> [Result<Position?, PubSubError>] {
    await inTime(or: []) { done in
      let results = NIOLockedValueBox<[Result<Position?, PubSubError>?]>(
        Array(repeating: nil, count: texts.count))
      let left = NIOLockedValueBox(texts.count)
      for (index, text) in texts.enumerated() {
        engine.publish(ByteBuffer(string: text), on: channel, keeping: limits) { result in
          results.withLockedValue { $0[index] = result }
          let isLast = left.withLockedValue { left in
            left -= 1
            return left == 0
          }
          if isLast { done(results.withLockedValue { $0 }.compactMap(\.self)) }
        }
      }
    }
  }

  @discardableResult
  func subscribe(to pattern: String) async throws(PubSubError) -> Position? {
    try await subscribe(to: ChannelPattern(pattern))
  }

  func subscribe(to pattern: ChannelPattern) async throws(PubSubError) -> Position? {
    try await inTime(or: .late) { engine.subscribe(to: pattern, done: $0) }.get()
  }

  func recover(
    _ channel: String, since position: Position?, keeping limits: HistoryLimits = .many
  ) async throws(PubSubError) -> Recovery<EnginePublication> {
    try await inTime(or: .late) {
      engine.recover(channel, since: position, keeping: limits, done: $0)
    }.get()
  }

  func shutDown() async {
    await inTime(or: ()) { done in engine.shutDown { done(()) } }
  }
}

/// What `ask` is answered with, or `late` if that takes longer than a test may.
func inTime<Value: Sendable>(
  or late: Value, _ ask: (@escaping @Sendable (Value) -> Void) -> Void
) async -> Value {
  await withCheckedContinuation { continuation in
    let waiting = NIOLockedValueBox<CheckedContinuation<Value, Never>?>(continuation)
    let give: @Sendable (Value) -> Void = { value in
      waiting.withLockedValue { $0.take() }?.resume(returning: value)
    }
    let timer = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .seconds(90)) {
      give(late)
    }
    ask { value in
      timer.cancel()
      give(value)
    }
  }
}

extension Result where Failure == PubSubError {
  fileprivate static var late: Self {
    .failure(PubSubError(.overdue, "the engine has not answered for 90 s"))
  }
}

extension Result {
  var isSuccess: Bool {
    if case .success = self { true } else { false }
  }
}

extension HistoryLimits {
  /// More than a test publishes.
  static let many = HistoryLimits(messages: 100_000, age: .minutes(10))
}

/// Notes what comes, and wakes who waits for it.
private final class Ears: EngineSubscriber {
  private struct Waiter {
    let condition: @Sendable (TestNode.Heard) -> Bool
    let continuation: CheckedContinuation<Bool, Never>
  }

  private struct State {
    var heard = TestNode.Heard()
    var waiters: [Int: Waiter] = [:]
    var waiterCount = 0
  }

  private let state = NIOLockedValueBox(State())

  var heard: TestNode.Heard { state.withLockedValue { $0.heard } }

  func received(_ events: [EngineEvent]) {
    let satisfied = state.withLockedValue { state in
      for event in events { state.heard.note(event) }
      let satisfied = state.waiters.filter { $0.value.condition(state.heard) }
      for number in satisfied.keys { state.waiters[number] = nil }
      return satisfied.values
    }
    for waiter in satisfied { waiter.continuation.resume(returning: true) }
  }

  /// - Returns: false when the test was cancelled before the condition was met.
  func wait(_ condition: @escaping @Sendable (TestNode.Heard) -> Bool) async -> Bool {
    let number = state.withLockedValue { state in
      state.waiterCount += 1
      return state.waiterCount
    }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer: Bool? = state.withLockedValue { state in
          if condition(state.heard) { return true }
          if Task.isCancelled { return false }
          state.waiters[number] = Waiter(condition: condition, continuation: continuation)
          return nil
        }
        if let answer { continuation.resume(returning: answer) }
      }
    } onCancel: {
      let waiter = state.withLockedValue { $0.waiters.removeValue(forKey: number) }
      waiter?.continuation.resume(returning: false)
    }
  }
}

extension TestNode.Heard {
  fileprivate mutating func note(_ event: EngineEvent) {
    switch event {
    case .publication(let publication): publications.append(publication)
    case .gap(let channel): gaps.append(channel)
    case .health(let health):
      self.health = health
      if health == .up { links += 1 }
    }
  }
}

extension EngineHealth {
  /// Why the link is down.
  var reason: String? {
    if case .down(let reason) = self { reason } else { nil }
  }
}
