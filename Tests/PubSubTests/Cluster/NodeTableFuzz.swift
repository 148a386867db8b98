import NIOCore
import Testing

@testable import PubSub

@Suite struct NodeTableFuzz {
  @Test("whatever happens, in the end each node knows exactly those that are there")
  func clusters() {
    Fuzz.run { generator in
      var run = NodeRun()
      for _ in 0..<60 { run.step(&generator) }
      run.settle()
      #expect(run.mistakes == [])
    }
  }
}

/// Some tables behind an engine that takes its time, stops and loses links.
private struct NodeRun {
  private struct Member {
    var table: NodeTable
    var isLinked = false
    /// When the engine's answer to a probe comes.
    var answer: NIODeadline?
    /// Which nodes were told to serve which app.
    var told: [String: Set<UInt64>] = [:]
  }

  private static let apps = ["a", "b", "c"]
  private static let step = TimeAmount.milliseconds(200)

  private var now = NIODeadline.uptimeNanoseconds(7_000_000_000)
  private var members: [UInt64: Member] = [:]
  private var onTheWay: [(time: NIODeadline, to: UInt64, message: NodeMessage)] = []
  private var lastID: UInt64 = 0
  private var isEngineStopped = false
  private(set) var mistakes: [String] = []

  init() {
    for _ in 0..<3 { start() }
  }

  mutating func step(_ generator: inout SeededGenerator) {
    let id = members.keys.sorted().randomElement(using: &generator) ?? 0
    let app = Self.apps.randomElement(using: &generator) ?? "a"
    switch Int.random(in: 0..<16, using: &generator) {
    case 0 where members.count < 6: start()
    case 1: members[id] = nil
    case 2: leave(id)
    case 3: setLink(id, false)
    case 4: setLink(id, true)
    case 5: change(id) { $0.serve(app, now: $1) }
    case 6: change(id) { $0.withdraw(app, now: $1) }
    case 7: isEngineStopped.toggle()
    default: advance(Int.random(in: 1...30, using: &generator))
    }
  }

  /// All links hold for long enough.
  mutating func settle() {
    isEngineStopped = false
    for id in members.keys.sorted() { setLink(id, true) }
    advance(80)
    for (id, member) in members {
      let known = Set(member.table.nodes.map(\.id))
      if known != Set(members.keys).subtracting([id]) { mistakes.append("\(id) knows \(known)") }
      for app in member.table.own.apps {
        let serving = members.filter { $0.key != id && $0.value.table.own.apps.contains(app) }
        if member.told[app] ?? [] != Set(serving.keys) { mistakes.append("\(id) on \(app)") }
      }
    }
  }

  private mutating func start() {
    lastID += 1
    let own = ClusterNode(id: lastID, startTime: 0, apps: [Self.apps[Int(lastID) % 3]])
    members[lastID] = Member(table: NodeTable(own: own, timeout: .seconds(4)))
    setLink(lastID, true)
  }

  private mutating func leave(_ id: UInt64) {
    let actions = members[id]?.table.goodbye() ?? []
    perform(actions, by: id)
    members[id] = nil
  }

  private mutating func setLink(_ id: UInt64, _ isUp: Bool) {
    guard members[id]?.isLinked != isUp else { return }
    members[id]?.isLinked = isUp
    members[id]?.answer = nil
    if isUp {
      change(id) { $0.linkUp(now: $1) }
    } else {
      members[id]?.table.linkDown()
    }
  }

  private mutating func change(
    _ id: UInt64,
    _ body: (inout NodeTable, NIODeadline) -> [NodeTable.Action]
  ) {
    guard var member = members[id] else { return }
    let actions = body(&member.table, now)
    members[id] = member
    perform(actions, by: id)
  }

  private mutating func advance(_ steps: Int) {
    for _ in 0..<steps {
      now = now + Self.step
      if !isEngineStopped { deliver() }
      for id in members.keys.sorted() {
        if !isEngineStopped, let answer = members[id]?.answer, answer <= now {
          members[id]?.answer = nil
          members[id]?.table.answered(isAlive: true, now: now)
        }
        change(id) { $0.tick(now: $1) }
      }
    }
  }

  private mutating func deliver() {
    let due = onTheWay.filter { $0.time <= now }
    onTheWay.removeAll { $0.time <= now }
    for delivery in due where members[delivery.to]?.isLinked == true {
      change(delivery.to) { $0.received(delivery.message, now: $1) }
    }
  }

  private mutating func perform(
    _ actions: [NodeTable.Action], by id: UInt64
  ) {
    for action in actions {
      switch action {
      case .send(let message): send(message)
      case .probe: members[id]?.answer = now + Self.step
      case .up(let node, let app):
        if members[id]?.told[app, default: []].insert(node).inserted == false {
          mistakes.append("\(id) was told twice that \(node) serves \(app)")
        }
      case .down(let node, let app):
        if members[id]?.told[app]?.remove(node) == nil {
          mistakes.append("\(id) was told twice that \(node) does not serve \(app)")
        }
      }
    }
    forgetWithdrawn(id)
  }

  /// Who serves an app no more is told nothing about it.
  private mutating func forgetWithdrawn(_ id: UInt64) {
    let served = members[id]?.table.own.apps ?? []
    let told = members[id]?.told ?? [:]
    members[id]?.told = told.filter { served.contains($0.key) }
  }

  /// All of one sender's arrive in order: they take equally long.
  private mutating func send(_ message: NodeMessage) {
    for id in members.keys { onTheWay.append((now + Self.step, id, message)) }
  }
}
