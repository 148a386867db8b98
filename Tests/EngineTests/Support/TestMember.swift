import NIOConcurrencyHelpers
import NIOCore
import PubSub
import Testing

/// A node of a cluster that knows the others and answers what they ask: the tables behind an engine, driven
/// as a host drives them.
final class TestMember: EngineSubscriber {
  /// What happened so far.
  struct Seen {
    var up: [UInt64] = []
    var down: [UInt64] = []
    /// The parts of the answers by what was asked, and who gave none.
    var answers: [String: [String]] = [:]
    var silent: [String: [UInt64: Silence]] = [:]
  }

  fileprivate struct State {
    var table: NodeTable
    var requests = RequestTable<String>()
    var seen = Seen()
    var engine: (any Engine)?
    var isMute = false
  }

  private static let nodes = "nodes"
  private static let questions = "questions"

  let id: UInt64
  private let state: NIOLockedValueBox<State>
  private let ticks: Task<Void, Never>

  /// - Parameter middle: where the nodes meet.
  init(
    _ id: UInt64, _ middle: any TestMiddle, timeout: TimeAmount = .seconds(2)
  ) async throws {
    self.id = id
    let own = ClusterNode(id: id, startTime: 0, address: "host-\(id):1", apps: ["app"])
    let table = NodeTable(own: own, timeout: timeout)
    let interval = table.tickInterval
    state = NIOLockedValueBox(State(table: table))
    let box = WeakMember()
    ticks = Task {
      while !Task.isCancelled {
        try? await Task.sleep(for: .nanoseconds(interval.nanoseconds))
        box.member?.change { $0.table.tick(now: .now()) }
      }
    }
    box.member = self
    let engine = try middle.engine(limits: EngineLimits(), receiver: self)
    state.withLockedValue { $0.engine = engine }
    for channel in [Self.nodes, Self.questions, Self.answers(id)] {
      engine.subscribe(to: .exactly(channel)) { _ in }
    }
    if engine.health == .up { change { $0.table.linkUp(now: .now()) } }
  }

  private static func answers(_ id: UInt64) -> String { "answers.\(id)" }

  var seen: Seen { state.withLockedValue { $0.seen } }
  var known: Set<UInt64> { state.withLockedValue { Set($0.table.nodes.map(\.id)) } }

  /// Waits until what was seen is as `condition` says, or the test has taken too long.
  func sees(
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: (TestMember) -> Bool
  ) async {
    while !condition(self) {
      do {
        try await Task.sleep(for: .milliseconds(10))
      } catch {
        Issue.record("it was not seen in time", sourceLocation: sourceLocation)
        return
      }
    }
  }

  /// Answers nothing from now on, but is there.
  func beMute() { state.withLockedValue { $0.isMute = true } }

  /// Ends without a goodbye.
  func die() async {
    ticks.cancel()
    let engine = state.withLockedValue { $0.engine }
    await inTime(or: ()) { done in engine?.shutDown { done(()) } }
  }

  func leave() async {
    ticks.cancel()
    await inTime(or: ()) { done in
      let (engine, message) = state.withLockedValue { ($0.engine, $0.table.goodbye().first) }
      guard case .send(let goodbye) = message else { return done(()) }
      engine?.publish(goodbye.bytes, on: Self.nodes, keeping: nil) { _ in done(()) }
    }
    await die()
  }

  /// Asks the nodes that are known and this one.
  func ask(_ text: String, for timeout: TimeAmount = .seconds(5)) throws {
    let body = ByteBuffer(string: text)
    let (id, engine) = try state.withLockedValue { state in
      let expected = Set(state.table.nodes.map(\.id)).union([self.id])
      return (
        try state.requests.begin(text, expecting: expected, until: .now() + timeout), state.engine
      )
    }
    var bytes = ByteBuffer()
    NodeRequest(node: self.id, id: id, body: body).write(to: &bytes)
    engine?.publish(bytes, on: Self.questions, keeping: nil) { _ in }
  }

  func received(_ events: [EngineEvent]) {
    for event in events {
      switch event {
      case .health(.up): change { $0.table.linkUp(now: .now()) }
      case .health:
        change { state in
          state.table.linkDown()
          return []
        }
      case .gap: break
      case .publication(let publication): receive(publication)
      }
    }
  }

  private func receive(_ publication: EnginePublication) {
    var bytes = publication.message
    switch publication.channel {
    case Self.nodes:
      guard let message = NodeMessage(bytes) else { return }
      change { $0.table.received(message, now: .now()) }
    case Self.questions:
      if let request = NodeRequest(&bytes) { answer(request) }
    default:
      guard let answer = NodeAnswer(&bytes) else { return }
      state.withLockedValue { $0.note(answer) }
    }
  }

  /// Answers in two parts.
  private func answer(_ request: NodeRequest) {
    let (engine, isMute) = state.withLockedValue { ($0.engine, $0.isMute) }
    guard !isMute else { return }
    for part in UInt32(0)...1 {
      var bytes = ByteBuffer()
      NodeAnswer(
        node: id, id: request.id, part: part, isLast: part == 1,
        body: ByteBuffer(string: "\(id).\(part)")
      ).write(to: &bytes)
      engine?.publish(bytes, on: Self.answers(request.node), keeping: nil) { _ in }
    }
  }

  private func change(_ body: (inout State) -> [NodeTable.Action]) {
    let (actions, engine) = state.withLockedValue { state in
      let actions = body(&state)
      state.note(actions)
      for settled in state.requests.expire(now: .now()) { state.note(settled) }
      return (actions, state.engine)
    }
    for action in actions {
      switch action {
      case .send(let message): engine?.publish(message.bytes, on: Self.nodes, keeping: nil) { _ in }
      case .probe: probe(engine)
      case .up, .down: break
      }
    }
  }

  private func probe(_ engine: (any Engine)?) {
    engine?.recover(Self.nodes, since: nil, keeping: .many) { [weak self] result in
      self?.change { state in
        state.table.answered(isAlive: result.isSuccess, now: .now())
        return []
      }
    }
  }
}

extension TestMember.State {
  fileprivate mutating func note(_ actions: [NodeTable.Action]) {
    for action in actions {
      switch action {
      case .up(let node, _): seen.up.append(node)
      case .down(let node, _):
        seen.down.append(node)
        for settled in requests.nodeDown(node) { note(settled) }
      case .send, .probe: break
      }
    }
  }

  fileprivate mutating func note(_ answer: NodeAnswer) {
    switch requests.received(answer) {
    case .ignored: break
    case .kept(let asked, let settled):
      seen.answers[asked, default: []].append(String(buffer: answer.body))
      note(settled)
    case .refused(let settled): note(settled)
    }
  }

  fileprivate mutating func note(_ settled: RequestTable<String>.Settled?) {
    guard let settled else { return }
    seen.silent[settled.asker] = Dictionary(settled.silent.map { ($0.node, $0.silence) }) { $1 }
  }
}

/// Lets the ticks of a member end with it.
private final class WeakMember: @unchecked Sendable {
  // @unchecked: written once, before the first tick is due.
  weak var member: TestMember?
}
