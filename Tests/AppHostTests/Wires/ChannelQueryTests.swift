import NIOCore
import PubSub
import Testing

@testable import AppHost

@Suite("A channel query")
struct ChannelQueryTests {
  @Test("names channels with their arguments and positions in order")
  func all() {
    let queries = ChannelQuery.all(in: [
      ("channel", "room/1/a b"), ("auth", "{}"), ("channel", "news"), ("channel", ""),
      ("position", "E:1,F:2"),
    ])
    #expect(
      queries == [
        ChannelQuery(name: "room", arguments: ["1", "a b"], position: "E:1"),
        ChannelQuery(name: "news", arguments: [], position: "F:2"),
      ])
  }

  @Test("takes positions that are missing or empty for none, and leaves surplus ones out")
  func positions() {
    let channels = [("channel", "a"), ("channel", "b"), ("channel", "c")]
    #expect(ChannelQuery.all(in: channels).map(\.position) == ["", "", ""])
    let some = ChannelQuery.all(in: channels + [("position", ",E:1")])
    #expect(some.map(\.position) == ["", "E:1", ""])
    let many = ChannelQuery.all(in: channels + [("position", "E:1,E:2,E:3,E:4")])
    #expect(many.map(\.position) == ["E:1", "E:2", "E:3"])
  }

  @Test(
    "prefers the header of a reconnecting stream to the query",
    arguments: [
      "position", "last_event_id", "lastEventID",
    ])
  func lastEventID(parameter: String) {
    let query = [("channel", "a"), (parameter, "E:1")]
    #expect(ChannelQuery.all(in: query)[0].position == "E:1")
    #expect(ChannelQuery.all(in: query, lastEventID: "E:2")[0].position == "E:2")
  }

  @Test("makes an event in which nothing that a client says is more than a string")
  func event() throws {
    let name = "a\",\"b"
    let query = ChannelQuery(name: name, arguments: ["\\", "\"]\n"], position: "\"},{")
    #expect(!query.event.contains { $0.isNewline })
    let elements = try #require(JSONFields.elements(ByteBuffer(string: query.event)))
    #expect(elements.count == 4)
    #expect(JSONFields.text(elements[0]) == "subscribe")
    let place = try #require(JSONFields(elements[1]))
    #expect(place.string("channel") == name && place.string("position") == "\"},{")
    #expect(JSONFields.text(elements[2]) == "\\" && JSONFields.text(elements[3]) == "\"]\n")
  }
}

@Suite("Channel positions")
struct ChannelPositionsTests {
  private func positions(_ given: [String]) -> ChannelPositions {
    ChannelPositions(given.map { ChannelQuery(name: "room", arguments: [], position: $0) })
  }

  private func subscription(_ channel: String, _ position: Position) -> Subscription {
    Subscription(
      name: "room", channel: channel, ack: nil, position: position, isRecovered: true, missed: [])
  }

  private func publication(_ channel: String, _ offset: UInt64) -> Publication {
    Publication(
      channel: channel, position: Position(epoch: "E", offset: offset), message: ByteBuffer())
  }

  @Test("are told in the order of the query as channels are granted and published on")
  func moves() {
    var positions = positions(["", "E:5"])
    #expect(positions.text == ",E:5")
    positions.grant(subscription("a", Position(epoch: "E", offset: 1)))
    #expect(positions.text == "E:1,E:5")
    positions.grant(subscription("b", Position(epoch: "E", offset: 5)))
    positions.grant(subscription("c", Position(epoch: "E", offset: 9)))
    #expect(positions.text == "E:1,E:5")
    let isAsked = ["b", "c"].map { positions.move(to: publication($0, 6)) }
    #expect(isAsked == [true, false])
    #expect(positions.text == "E:1,E:6")
  }

  @Test("move together when one channel was asked for twice")
  func twice() {
    var positions = positions(["", ""])
    for _ in 0..<2 { positions.grant(subscription("a", Position(epoch: "E", offset: 1))) }
    _ = positions.move(to: publication("a", 2))
    #expect(positions.text == "E:2,E:2" && !positions.isSingle)
  }

  @Test("hold nothing of what a client says that is no position")
  func injection() {
    let positions = positions(["E:1\n\ndata: forged", "\u{0}", "E:2", "E:007"])
    #expect(positions.text == ",,E:2,E:7")
  }
}
