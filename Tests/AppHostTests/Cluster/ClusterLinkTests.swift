import Testing

@testable import AppHost
@testable import PubSub

private final class Nobody: EngineSubscriber {
  func received(_ events: [EngineEvent]) {}
}

@Suite struct ClusterLinkTests {
  private func link() throws -> ClusterLink {
    let engine = try EmbeddedEngine.engine(MemoryBroker(), receiver: Nobody())
    return ClusterLink(engine: engine, app: "shop", node: 1)
  }

  @Test("the engine's name of a channel tells its namespace and its own name")
  func names() throws {
    let link = try link()
    var names: Set<String> = []
    for namespace in ["/", "/chat", "/a.b", "/a%2Eb", "/%25", "/a%.b"] {
      for channel in ["room", "", "room.1.x", "a.c.b", "%2E", "bus"] {
        let name = link.name(of: channel, in: namespace)
        let known = try #require(ClusterLink.channel(of: name))
        #expect(known == (channel, namespace) && ClusterLink.app(of: name) == "shop")
        #expect(names.insert(name).inserted && !ClusterLink.isLive(name))
      }
    }
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    #expect(
      Array(link.name(of: composed, in: "/").utf8) == Array(link.name(of: decomposed, in: "/").utf8)
    )
    link.engine.shutDown {}
  }

  @Test("what is no client's channel has none of these names")
  func others() throws {
    let link = try link()
    for name in [link.bus, link.log, link.answers(to: 7), "shop", ""] {
      #expect(ClusterLink.channel(of: name) == nil)
    }
    #expect(ClusterLink.isLive(link.bus) && ClusterLink.isLive(link.answers(to: 7)))
    #expect(!ClusterLink.isLive(link.log))
    link.engine.shutDown {}
  }
}
