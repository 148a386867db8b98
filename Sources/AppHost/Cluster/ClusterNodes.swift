// The nodes behind one engine. It announces this host, hears the others, and tells the apps who comes and goes;
// NodeTable decides all of it. Everything happens on one queue, so that an app hears of each node in order.

import Dispatch
import NIOConcurrencyHelpers
import NIOCore
import PubSub

/// The hosts of a cluster as one of them knows them.
// @unchecked: what is mutable is touched on `queue` only, but for `addresses`, which has a lock.
final class ClusterNodes: @unchecked Sendable {
  /// Where nodes announce themselves; no app can have this name.
  static let channel = "perigee"

  private let queue = DispatchQueue(label: "perigee.nodes")
  private let addresses = NIOLockedValueBox<[UInt64: String]>([:])
  private var table: NodeTable
  private var engine: (any Engine)?
  private var timer: (any DispatchSourceTimer)?
  private var apps: [String: @Sendable (ClusterEvent) -> Void] = [:]
  private var onLost: (@Sendable (String) -> Void)?

  init(own: ClusterNode, timeout: TimeAmount) {
    table = NodeTable(own: own, timeout: timeout)
  }

  /// Where the server of another node is; nil when the node is not known or has told none. May be called
  /// from any thread.
  func address(of node: UInt64) -> String? { addresses.withLockedValue { $0[node] } }

  /// Has `tell` called with the address of each node that is gone from now on.
  func watchLosses(_ tell: @escaping @Sendable (String) -> Void) {
    queue.async { self.onLost = tell }
  }

  // MARK: This node

  /// Begins, once there is an engine.
  func start(_ engine: any Engine) {
    engine.subscribe(to: .exactly(Self.channel)) { _ in }
    queue.async { [self] in
      self.engine = engine
      startTimer()
      if engine.health == .up { perform(table.linkUp(now: .now())) }
    }
  }

  private func startTimer() {
    let interval = DispatchTimeInterval.nanoseconds(Int(table.tickInterval.nanoseconds))
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.setEventHandler { [weak self] in self?.tick() }
    timer.schedule(deadline: .now() + interval, repeating: interval)
    timer.activate()
    self.timer = timer
  }

  /// The other nodes reach this one's server at `address`; empty: they do not.
  func move(to address: String) {
    queue.async { [self] in perform(table.move(to: address, now: .now())) }
  }

  /// Tells `deliver` which other nodes serve the app, now and when it changes.
  func serve(_ app: String, _ deliver: @escaping @Sendable (ClusterEvent) -> Void) {
    queue.async { [self] in
      apps[app] = deliver
      perform(table.serve(app, now: .now()))
    }
  }

  func withdraw(_ app: String) {
    queue.async { [self] in
      apps[app] = nil
      perform(table.withdraw(app, now: .now()))
    }
  }

  /// Says goodbye, and waits a moment for the engine to take it.
  func leave() async {
    await withCheckedContinuation { done in
      queue.async { [self] in
        timer?.cancel()
        apps = [:]
        let farewells = DispatchGroup()
        for case .send(let message) in table.goodbye() {
          farewells.enter()
          engine?.publish(message.bytes, on: Self.channel, keeping: nil) { _ in farewells.leave() }
        }
        table.linkDown()
        engine = nil
        queue.async {
          _ = farewells.wait(timeout: .now() + .milliseconds(500))
          done.resume()
        }
      }
    }
  }

  // MARK: What the engine brings

  func received(_ bytes: ByteBuffer) {
    guard let message = NodeMessage(bytes) else { return }
    queue.async { [self] in perform(table.received(message, now: .now())) }
  }

  func changed(to health: EngineHealth) {
    queue.async { [self] in
      guard engine != nil else { return }
      if health == .up { perform(table.linkUp(now: .now())) } else { table.linkDown() }
    }
  }

  // MARK: On the queue

  private func tick() { perform(table.tick(now: .now())) }

  private func perform(_ actions: [NodeTable.Action]) {
    for action in actions {
      switch action {
      case .send(let message):
        engine?.publish(message.bytes, on: Self.channel, keeping: nil) { _ in }
      case .probe: probe()
      case .up(let node, let app): apps[app]?(.nodeUp(node))
      case .down(let node, let app): apps[app]?(.nodeDown(node))
      }
    }
    noteAddresses()
  }

  private func noteAddresses() {
    let told = table.nodes.filter { !$0.address.isEmpty }.map { ($0.id, $0.address) }
    let known = Dictionary(told) { $1 }
    let lost = addresses.withLockedValue { addresses in
      defer { addresses = known }
      return Set(addresses.values).subtracting(known.values)
    }
    for address in lost { onLost?(address) }
  }

  /// A question that only a living engine answers.
  private func probe() {
    engine?.recover(Self.channel, since: nil, keeping: HistoryLimits(messages: 1, age: .hours(1))) {
      [weak self] result in self?.answered(result)
    }
  }

  private func answered(_ result: Result<Recovery<EnginePublication>, PubSubError>) {
    queue.async { [self] in
      // A refusal is a sign of life, too.
      table.answered(isAlive: result.isAnswer, now: .now())
    }
  }
}

extension Result where Failure == PubSubError {
  fileprivate var isAnswer: Bool {
    switch self {
    case .success: true
    case .failure(let error): error.code == .refused
    }
  }
}
