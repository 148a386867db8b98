import NIOCore
import PubSub
import Testing

@testable import AppHost

@Suite struct ChannelFeedsTests {
  private static func place(_ offset: UInt64) -> Position { Position(epoch: "e", offset: offset) }

  private static func publication(_ offset: UInt64) -> EnginePublication {
    EnginePublication(
      channel: "app.c./a.x", position: place(offset),
      origin: EngineOrigin(node: 1, serial: offset), message: ByteBuffer())
  }

  private static func follow(
    _ socket: UInt64, _ topic: String = "x", since: Position? = nil
  ) -> ChannelFeeds.Follow {
    ChannelFeeds.Follow(
      socket: socket, topic: topic, channel: topic, name: topic, ack: nil, since: since)
  }

  /// The number of the subscription that socket 1 brings about.
  private static func joined(_ feeds: inout ChannelFeeds) throws -> UInt64 {
    let serial = feeds.join(.socket(1), "x")
    return try #require(serial)
  }

  @Test("the engine is asked for a channel once, and told when nobody wants it any more")
  func subscriptions() {
    var feeds = ChannelFeeds()
    let first = feeds.join(.socket(1), "x")
    let second = feeds.join(.listener(1), "x")
    #expect(first != nil && second == nil)
    let ended = [
      feeds.leave(.socket(1), "x"), feeds.leave(.socket(1), "x"), feeds.leave(.listener(1), "x"),
    ]
    #expect(ended == [false, false, true])
  }

  @Test("an answer to a subscription that has ended meanwhile changes nothing")
  func lateAnswer() throws {
    var feeds = ChannelFeeds()
    let old = try Self.joined(&feeds)
    _ = feeds.leave(.socket(1), "x")
    let new = try Self.joined(&feeds)
    feeds.hold(1, for: "x")
    let late = feeds.begin("x", serial: old, at: Self.place(1))
    #expect(late.released.isEmpty && !feeds.isLive("x"))
    let right = feeds.begin("x", serial: new, at: Self.place(1))
    #expect(right.released == [1] && feeds.isLive("x"))
  }

  @Test("a follow is asked for when the channel comes, and let in with what it missed")
  func following() throws {
    var feeds = ChannelFeeds()
    let serial = try Self.joined(&feeds)
    let number = feeds.follow(Self.follow(1, since: Self.place(1)))
    let begun = feeds.begin("x", serial: serial, at: Self.place(3))
    #expect(begun.follows == [number])
    let early = feeds.passed(Self.publication(4), "x")
    let recovery = Recovery(
      isRecovered: true, missed: [Self.publication(2), Self.publication(3)], top: Self.place(3))
    let entries = feeds.recovered(number, recovery)
    #expect(early.isEmpty)
    #expect(entries.first?.1.missed.compactMap(\.position?.offset) == [2, 3, 4])
    #expect(feeds[follow: number] == nil)
  }

  @Test("a socket that leaves takes its follow and its waiting along")
  func leaving() throws {
    var feeds = ChannelFeeds()
    let serial = try Self.joined(&feeds)
    _ = feeds.join(.socket(2), "x")
    let number = feeds.follow(Self.follow(1))
    feeds.hold(1, for: "x")
    feeds.hold(2, for: "x")
    _ = feeds.leave(.socket(1), "x")
    let begun = feeds.begin("x", serial: serial, at: nil)
    #expect(begun.released == [2] && begun.follows.isEmpty)
    let entries = feeds.recovered(
      number, Recovery(isRecovered: true, missed: [], top: Self.place(1)))
    #expect(entries.isEmpty)
  }

  @Test("when the engine goes away nobody waits, but histories are still awaited")
  func away() {
    var feeds = ChannelFeeds()
    _ = feeds.join(.socket(1), "x")
    feeds.hold(1, for: "x")
    let number = feeds.follow(Self.follow(1))
    let released = feeds.releaseAll()
    let again = feeds.releaseAll()
    #expect(released == [1] && again.isEmpty)
    let dropped = feeds.drop(number)
    #expect(dropped?.socket == 1)
    let twice = feeds.drop(number)
    #expect(twice == nil)
  }

  @Test("what a socket waits for is counted by channel, and gone when it leaves")
  func waits() {
    var feeds = ChannelFeeds()
    for topic in ["a", "b"] {
      _ = feeds.join(.socket(1), topic)
      _ = feeds.join(.socket(2), topic)
    }
    feeds.hold(1, for: "a")
    feeds.hold(1, for: "a")
    feeds.hold(2, for: "a")
    _ = feeds.follow(Self.follow(1, "a"))
    _ = feeds.follow(Self.follow(1, "b"))
    #expect(feeds.waits(of: 1, for: "a") == 3 && feeds.waits(of: 1, for: "b") == 1)
    #expect(feeds.leave(.socket(1), "a") == false)
    #expect(feeds.waits(of: 1, for: "a") == 0 && feeds.waits(of: 1, for: "b") == 1)
    #expect(feeds.waits(of: 2, for: "a") == 1)
  }

  @Test("numbers are not given again after all was forgotten")
  func numbers() {
    var feeds = ChannelFeeds()
    let serial = feeds.join(.app, "a")
    let number = feeds.follow(Self.follow(1, "a"))
    feeds.forgetAll()
    #expect(feeds[follow: number] == nil && !feeds.isLive("a"))
    #expect(feeds.join(.app, "a") != serial)
    #expect(feeds.follow(Self.follow(1, "a")) != number)
  }
}
