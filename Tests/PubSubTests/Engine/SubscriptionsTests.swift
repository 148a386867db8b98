import NIOCore
import Testing

@testable import PubSub

@Suite struct SubscriptionsTests {
  private static func publication(on channel: String, _ offset: UInt64) -> EnginePublication {
    EnginePublication(
      channel: channel, position: Position(epoch: "e", offset: offset),
      origin: EngineOrigin(node: 1, serial: offset), message: ByteBuffer())
  }

  private static func admitted(
    _ subscriptions: inout Subscriptions, _ publications: [EnginePublication]
  ) -> [String] {
    subscriptions.admit(publications).compactMap {
      if case .publication(let publication) = $0 { publication.channel } else { nil }
    }
  }

  @Test("only what is subscribed to is admitted, and once")
  func admission() {
    var subscriptions = Subscriptions(mostCursors: 100)
    subscriptions.add([ChannelPattern("a"), ChannelPattern("room.*")])
    let publications = [
      Self.publication(on: "a", 1), Self.publication(on: "b", 1),
      Self.publication(on: "room.1", 1), Self.publication(on: "a", 1),
    ]
    let admitted = Self.admitted(&subscriptions, publications)
    #expect(admitted == ["a", "room.1"])
    #expect(subscriptions.followed.map(\.channel).sorted() == ["a", "room.1"])
  }

  @Test("what is subscribed to already is not missing, and what was not cannot be removed")
  func bookkeeping() {
    var subscriptions = Subscriptions(mostCursors: 100)
    let patterns = [ChannelPattern("a"), ChannelPattern("a"), ChannelPattern("b.*")]
    #expect(subscriptions.missing(patterns) == [ChannelPattern("a"), ChannelPattern("b.*")])
    subscriptions.add(subscriptions.missing(patterns))
    #expect(subscriptions.missing(patterns) == [])
    let removed = subscriptions.remove([ChannelPattern("c"), ChannelPattern("a")])
    #expect(removed == [ChannelPattern("a")])
    #expect(subscriptions.patterns == [ChannelPattern("b.*")])
  }

  @Test("a channel is followed as long as anything is subscribed that brings it")
  func forgetting() {
    var subscriptions = Subscriptions(mostCursors: 100)
    subscriptions.add([ChannelPattern("a.1"), ChannelPattern("a.*")])
    _ = subscriptions.admit([Self.publication(on: "a.1", 1), Self.publication(on: "a.2", 1)])
    _ = subscriptions.remove([ChannelPattern("a.*")])
    #expect(subscriptions.followed.map(\.channel) == ["a.1"])
    _ = subscriptions.remove([ChannelPattern("a.1")])
    #expect(subscriptions.followed.isEmpty)
  }

  @Test("too many channels of a pattern are forgotten, those subscribed to by name are not")
  func bounds() {
    var subscriptions = Subscriptions(mostCursors: 10)
    subscriptions.add([ChannelPattern("a"), ChannelPattern("room.*")])
    _ = subscriptions.admit([Self.publication(on: "a", 1)])
    _ = subscriptions.admit((1...30).map { Self.publication(on: "room.\($0)", 1) })
    #expect(subscriptions.followed.count <= 10)
    #expect(subscriptions.followed.contains { $0.channel == "a" })
  }

  @Test("what cannot be caught up on is a gap")
  func gaps() {
    var subscriptions = Subscriptions(mostCursors: 10)
    subscriptions.add([ChannelPattern("a")])
    subscriptions.begin("a", at: Position(epoch: "e", offset: 1))
    let failure = PubSubError(.refused, "no")
    guard case .gap(channel: "a")? = subscriptions.catchUp("a", .failure(failure)).first else {
      Issue.record("no gap")
      return
    }
    let recovery = Recovery(
      isRecovered: true, missed: [Self.publication(on: "a", 2)],
      top: Position(epoch: "e", offset: 2))
    let caughtUp = subscriptions.catchUp("a", .success(recovery))
    #expect(caughtUp.count == 1)
  }
}
