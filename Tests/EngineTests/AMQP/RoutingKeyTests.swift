import PubSub
import Testing

@testable import PubSubAMQP

@Suite struct RoutingKeyTests {
  @Test("plain names stay as they are, all others are told apart")
  func keys() {
    #expect(RoutingKey.key(of: "room.1") == "room.1")
    #expect(RoutingKey.key(of: "ü") == "ü")
    let names = ["", "%", "%25", "*", "#", " ", "a\u{0}b", "a b", "a.", ".", "long", "%long.x"]
    let keys = names.map(RoutingKey.key)
    #expect(Set(keys).count == names.count)
    #expect(keys.allSatisfy { !$0.utf8.contains(0) && $0 != "*" && $0 != "#" })
    let long = String(repeating: "*", count: 200)
    #expect(RoutingKey.key(of: long).utf8.count <= 255)
    #expect(RoutingKey.key(of: long) != RoutingKey.key(of: long + "*"))
  }

  @Test("patterns are the server's own, and bring long names too")
  func bindings() {
    #expect(RoutingKey.bindings(of: .exactly("room.*")) == ["room.%2A"])
    #expect(RoutingKey.bindings(of: ChannelPattern("room.*")) == ["room.*", "%long.*"])
    #expect(RoutingKey.bindings(of: ChannelPattern(">")) == ["#", "%long.*"])
    #expect(RoutingKey.bindings(of: ChannelPattern(">.*")) == [">.*", "%long.*"])
  }
}
