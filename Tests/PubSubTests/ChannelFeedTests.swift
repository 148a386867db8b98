import NIOCore
import Testing

@testable import PubSub

@Suite struct ChannelFeedTests {
  private static func place(_ offset: UInt64) -> Position { Position(epoch: "e", offset: offset) }

  private static func publication(_ offset: UInt64) -> EnginePublication {
    EnginePublication(
      channel: "a", position: place(offset), origin: EngineOrigin(node: 1, serial: offset),
      message: ByteBuffer())
  }

  private static func history(
    after offset: UInt64, to top: UInt64, isRecovered: Bool = true
  ) -> Recovery<EnginePublication> {
    Recovery(
      isRecovered: isRecovered, missed: offset < top ? (offset + 1...top).map(publication) : [],
      top: place(top))
  }

  private static func offsets(_ entry: ChannelFeed<Int>.Entry?) -> [UInt64]? {
    entry?.recovery.missed.compactMap { $0.position?.offset }
  }

  @Test("a history behind the stream is completed by what was passed on meanwhile")
  func behind() {
    var feed = ChannelFeed<Int>()
    feed.begin(at: Self.place(3))
    feed.ask(for: 1, since: Self.place(1))
    let early = (4...5).flatMap { feed.passed(Self.publication($0)) }
    let entry = feed.recovered(1, Self.history(after: 1, to: 4))
    #expect(early.isEmpty)
    #expect(Self.offsets(entry) == [2, 3, 4, 5])
    #expect(entry?.recovery.top == Self.place(5))
    #expect(!feed.isAwaited)
  }

  @Test("a history ahead of the stream waits for it, so that nothing comes twice")
  func ahead() {
    var feed = ChannelFeed<Int>()
    feed.begin(at: Self.place(3))
    feed.ask(for: 1, since: Self.place(2))
    let early = feed.recovered(1, Self.history(after: 2, to: 5))
    let still = feed.passed(Self.publication(4))
    let entries = feed.passed(Self.publication(5))
    #expect(early == nil && still.isEmpty)
    #expect(entries.map(\.follower) == [1])
    #expect(Self.offsets(entries.first) == [3, 4, 5])
  }

  @Test("who comes without a position begins where the stream is, and has missed nothing")
  func fresh() {
    var feed = ChannelFeed<Int>()
    feed.begin(at: Self.place(3))
    feed.ask(for: 1, since: nil)
    _ = feed.passed(Self.publication(4))
    let entry = feed.recovered(1, Self.history(after: 9, to: 9))
    #expect(entry?.recovery.isRecovered == true && Self.offsets(entry) == [])
    #expect(entry?.recovery.top == Self.place(4))
  }

  @Test("what cannot be recovered is said, and nothing old is sent")
  func unrecovered() {
    var feed = ChannelFeed<Int>()
    feed.begin(at: Self.place(3))
    feed.ask(for: 1, since: Position(epoch: "old", offset: 1))
    let entry = feed.recovered(1, Self.history(after: 3, to: 3, isRecovered: false))
    #expect(entry?.recovery.isRecovered == false && Self.offsets(entry) == [])
  }

  @Test("who has left is not let in")
  func cancelled() {
    var feed = ChannelFeed<Int>()
    feed.begin(at: Self.place(3))
    feed.ask(for: 1, since: Self.place(2))
    feed.cancel(1)
    let entry = feed.recovered(1, Self.history(after: 2, to: 3))
    #expect(entry == nil)
    #expect(!feed.isAwaited)
  }

  @Test("whenever histories are read, each follower gets everything once and in order")
  func fuzz() {
    Fuzz.run { generator in
      var run = FeedRun(&generator)
      for _ in 0..<60 { run.step(&generator) }
      run.finish()
      #expect(run.wrong == [])
    }
  }
}

/// A stream, its engine, and followers who come at any time.
private struct FeedRun {
  private struct Follower {
    let since: UInt64?
    var history: UInt64?
    var received: [UInt64]?
    var start: UInt64 = 0
  }

  private var feed = ChannelFeed<Int>()
  private var published: UInt64
  private var passed: UInt64
  private var followers: [Follower] = []
  private(set) var wrong: [String] = []

  init(_ generator: inout SeededGenerator) {
    published = UInt64.random(in: 0...5, using: &generator)
    passed = published
    feed.begin(at: Position(epoch: "e", offset: published))
  }

  mutating func step(_ generator: inout SeededGenerator) {
    switch Int.random(in: 0..<6, using: &generator) {
    case 0, 1: published += 1
    case 2: pass()
    case 3:
      let since =
        Bool.random(using: &generator) ? UInt64.random(in: 0...passed, using: &generator) : nil
      feed.ask(for: followers.count, since: since.map { Position(epoch: "e", offset: $0) })
      followers.append(Follower(since: since))
    case 4:
      let open = followers.indices.filter { followers[$0].history == nil }
      if let index = open.randomElement(using: &generator) { followers[index].history = published }
    default:
      let read = followers.indices.filter {
        followers[$0].history != nil && followers[$0].received == nil
      }
      if let index = read.randomElement(using: &generator) { answer(index) }
    }
  }

  mutating func finish() {
    for index in followers.indices where followers[index].history == nil {
      followers[index].history = published
    }
    for index in followers.indices { answer(index) }
    while passed < published { pass() }
    for (index, follower) in followers.enumerated() {
      let first = (follower.since ?? follower.start) + 1
      let expected = first <= published ? Array(first...published) : []
      if follower.received != expected {
        wrong.append("\(index): \(String(describing: follower.received)), not \(expected)")
      }
    }
  }

  private mutating func pass() {
    guard passed < published else { return }
    passed += 1
    for index in followers.indices { followers[index].received?.append(passed) }
    for entry in feed.passed(publication(passed)) { letIn(entry) }
  }

  private mutating func answer(_ index: Int) {
    guard followers[index].received == nil, let top = followers[index].history else { return }
    let since = followers[index].since
    let missed = since.map { $0 < top ? ($0 + 1...top).map(publication) : [] } ?? []
    let recovery = Recovery(
      isRecovered: true, missed: missed, top: Position(epoch: "e", offset: top))
    if let entry = feed.recovered(index, recovery) { letIn(entry) }
  }

  private mutating func letIn(_ entry: ChannelFeed<Int>.Entry) {
    guard followers[entry.follower].received == nil else { return }
    followers[entry.follower].received = entry.recovery.missed.compactMap(\.position?.offset)
    followers[entry.follower].start = entry.recovery.top.offset
  }

  private func publication(_ offset: UInt64) -> EnginePublication {
    EnginePublication(
      channel: "a", position: Position(epoch: "e", offset: offset),
      origin: EngineOrigin(node: 1, serial: offset), message: ByteBuffer())
  }
}
