import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct NodeAddressTests {
  @Test(
    "is a host and a port, in brackets where the host has colons",
    arguments: [
      ("10.0.0.7:8080", "10.0.0.7", 8080), ("node-1.internal:1", "node-1.internal", 1),
      ("[::1]:65535", "::1", 65535), ("localhost:0", "localhost", 0),
    ])
  func reading(text: String, host: String, port: Int) {
    #expect(NodeAddress(text) == NodeAddress(host: host, port: port))
    #expect(NodeAddress(text)?.description == text)
  }

  @Test(
    "what is something else is none",
    arguments: [
      "", ":", "8080", "host", "host:", ":8080", "host:65536", "host:-1", "host:1:2", "::1:80",
      "http://host:80", "a b:80", "[]:80", "host:8x",
    ])
  func mistakes(text: String) { #expect(NodeAddress(text) == nil) }
}
