import NIOCore
import Testing
import Transport

@testable import AppHost

@Suite struct NodeReachTests {
  private func reach(
    at host: String, listener: NodeAddress? = nil,
    _ change: (inout HostConfiguration) -> Void = { _ in }
  ) throws -> NodeReach {
    var configuration = HostConfiguration()
    configuration.host = host
    change(&configuration)
    return NodeReach(
      configuration, served: try SocketAddress(ipAddress: host, port: 4711), listener: listener)
  }

  private func remedy(_ reach: NodeReach) throws -> String {
    guard case .nowhere(let reason) = reach else {
      throw HostError(.configuration, "reached: \(reach)")
    }
    return reason
  }

  @Test("a host that listens at one address is reached there, on the port that it got")
  func specific() throws {
    #expect(try reach(at: "127.0.0.1") == .at("127.0.0.1:4711"))
    #expect(try reach(at: "::1") == .at("[::1]:4711"))
  }

  @Test("one that listens everywhere must be told how it is reached", arguments: ["0.0.0.0", "::"])
  func everywhere(host: String) throws {
    let reason = try remedy(try reach(at: host))
    #expect(reason.hasPrefix("server.host is \(host), "))
    #expect(reason.contains("set cluster.address to the HOST:PORT"))
    #expect(try reach(at: host) { $0.nodeAddress = "10.0.0.7:80" } == .at("10.0.0.7:80"))
  }

  @Test("with TLS it needs an address for the nodes")
  func encrypted() throws {
    let reason = try remedy(try reach(at: "127.0.0.1") { $0.certificate = "cert.pem" })
    #expect(reason.contains("set cluster.listen to a HOST:PORT"))
    let listener = NodeAddress(host: "10.0.0.7", port: 8081)
    #expect(
      try reach(at: "0.0.0.0", listener: listener) { $0.certificate = "cert.pem" }
        == .at("10.0.0.7:8081"))
  }

  @Test("an address for the nodes that is none to be reached at needs one, too")
  func listeningEverywhere() throws {
    let listener = NodeAddress(host: "0.0.0.0", port: 8081)
    let reason = try remedy(try reach(at: "127.0.0.1", listener: listener))
    #expect(reason.hasPrefix("cluster.listen is 0.0.0.0, "))
    #expect(
      try reach(at: "127.0.0.1", listener: listener) { $0.nodeAddress = "node7:8081" }
        == .at("node7:8081"))
  }
}
