import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct RequestPathTests {
  @Test(
    "a path is decoded and its query left out",
    arguments: [
      ("/", "/"), ("/a/b.html?x=/..", "/a/b.html"), ("/%C3%A9", "/é"), ("/a%20b", "/a b"),
      ("/a+b", "/a+b"), ("http://host:80/x?y", "/x"), ("/...", "/..."), ("/a//b", "/a//b"),
    ])
  func decoding(uri: String, path: String) {
    #expect(RequestPath.decode(uri: uri) == path)
  }

  @Test(
    "what could lead elsewhere is refused",
    arguments: [
      "", "*", "x", "/..", "/a/../b", "/%2e%2e/b", "/a/.", "/a/%2e/b", "/a\\b", "/%5c", "/%00",
      "/%0a", "/%", "/%1", "/%g0", "/%ff", "/%c0%af", "http://host",
    ])
  func refused(uri: String) {
    #expect(RequestPath.decode(uri: uri) == nil)
  }
}
