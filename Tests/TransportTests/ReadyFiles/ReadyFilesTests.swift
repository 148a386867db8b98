import Atomics
import NIOCore
import Testing

@testable import Transport

/// Serves files, counts what it is asked, and changes its mind when told to.
private final class CountingResponder: HTTPResponder {
  let files: StaticFiles
  let asked = ManagedAtomic(0)
  let changes = ManagedAtomic(0)

  init(files: StaticFiles) { self.files = files }

  var revision: Int? { changes.load(ordering: .relaxed) }

  func respond(to request: HTTPRequest) -> PendingResponse {
    asked.wrappingIncrement(ordering: .relaxed)
    return FilesResponder(files: files).respond(to: request)
  }
}

@Suite(.timeLimit(.minutes(1))) struct ReadyFilesTests {
  private static let text = String(repeating: "perigee ", count: 100)
  private static let long = String(repeating: "0123456789abcdef", count: 30_000)

  private struct Stage {
    let client: RawClient
    let directory: TemporaryDirectory
    let responder: CountingResponder

    var asked: Int { responder.asked.load(ordering: .relaxed) }

    func get(_ target: String, headers: [String: String] = [:]) async throws -> RawClient.Response {
      try await client.request("GET", target, headers: headers)
      return try await client.response()
    }
  }

  private static func run(
    recheckAfter: TimeAmount = .hours(1), securely: Bool = false,
    _ body: (Stage) async throws -> Void
  ) async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    try directory.write(text, to: "a.txt")
    try directory.write("short", to: "b.bin")
    try directory.write(long, to: "long.bin")
    var options = StaticFiles.Options()
    options.recheckAfter = recheckAfter
    options.spaFallback = true
    let responder = CountingResponder(files: StaticFiles(root: directory.path, options: options))
    let play = { (server: TestServer) in
      let client = try await server.connect(tls: securely ? ClientTLS() : nil)
      try await body(Stage(client: client, directory: directory, responder: responder))
    }
    if securely {
      try await TestServer.runSecurely(threads: 1, responder: responder, play)
    } else {
      try await TestServer.run(threads: 1, responder: responder, play)
    }
  }

  @Test("a file asked for again is the same, and nobody is asked", arguments: [false, true])
  func again(securely: Bool) async throws {
    try await Self.run(securely: securely) { stage in
      let first = try await stage.get("/a.txt")
      let second = try await stage.get("/a.txt")
      #expect(first.body == Self.text)
      #expect(second.body == first.body && second.status == 200)
      #expect(second.headers == first.headers)
      #expect(stage.asked == 1)
    }
  }

  @Test("who accepts gzip gets it, and others do not")
  func gzip() async throws {
    try await Self.run { stage in
      _ = try await stage.get("/a.txt")
      for coding in ["gzip, br", "gzip;q=0", "gzip, br"] {
        let response = try await stage.get("/a.txt", headers: ["accept-encoding": coding])
        #expect(response.headers["content-encoding"] == (coding == "gzip, br" ? "gzip" : nil))
        #expect(response.headers["vary"] == "Accept-Encoding")
      }
      #expect(stage.asked == 1)
    }
  }

  @Test("conditions, ranges and other methods are judged each time")
  func others() async throws {
    try await Self.run { stage in
      let tag = try #require(try await stage.get("/b.bin").headers["etag"])
      #expect(try await stage.get("/b.bin", headers: ["if-none-match": tag]).status == 304)
      #expect(try await stage.get("/b.bin", headers: ["range": "bytes=1-2"]).body == "ho")
      try await stage.client.request("HEAD", "/b.bin")
      #expect(try await stage.client.response(hasBody: false).headers["content-length"] == "5")
      #expect(try await stage.get("/b.bin").body == "short")
      #expect(stage.asked == 4)
    }
  }

  @Test("requests that come together are answered in their order")
  func pipelined() async throws {
    try await Self.run { stage in
      for target in ["/a.txt", "/b.bin"] { _ = try await stage.get(target) }
      let targets = ["/a.txt", "/b.bin", "/nothing.x", "/a.txt", "/long.bin", "/b.bin", "/a.txt"]
      try await stage.client.send(
        targets.map { "GET \($0) HTTP/1.1\r\nhost: test\r\n\r\n" }.joined())
      for body in [Self.text, "short", "nothing", Self.text, Self.long, "short", Self.text] {
        #expect(try await stage.client.response().body == body)
      }
    }
  }

  @Test("a client that reads late gets everything")
  func slow() async throws {
    try await Self.run { stage in
      _ = try await stage.get("/long.bin")
      try await stage.client.pauseReading()
      for _ in 0..<20 { try await stage.client.request("GET", "/long.bin") }
      try await stage.client.resumeReading()
      for _ in 0..<20 { #expect(try await stage.client.response().body == Self.long) }
      #expect(try await stage.get("/b.bin").body == "short")
    }
  }

  @Test("a body is no request, however it reads")
  func smuggled() async throws {
    try await Self.run { stage in
      _ = try await stage.get("/b.bin")
      let inner = "GET /b.bin HTTP/1.1\r\nhost: test\r\n\r\n"
      try await stage.client.send(
        "POST /b.bin HTTP/1.1\r\nhost: test\r\ncontent-length: \(inner.utf8.count)\r\n\r\n")
      try await stage.client.send(inner)
      #expect(try await stage.client.response().status == 405)
      try await stage.client.send("GET /b.bin HT")
      try await stage.client.send("TP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n")
      let rest = try await stage.client.rest()
      #expect(rest.hasPrefix("HTTP/1.1 200 OK\r\n") && rest.hasSuffix("\r\n\r\nshort"))
    }
  }

  @Test("when targets may lead elsewhere, the responder is asked again")
  func revised() async throws {
    try await Self.run { stage in
      _ = try await stage.get("/b.bin")
      stage.responder.changes.wrappingIncrement(ordering: .relaxed)
      for _ in 0..<2 { #expect(try await stage.get("/b.bin").body == "short") }
      #expect(stage.asked == 2)
    }
  }

  @Test("a changed file is seen by the look that is due")
  func changed() async throws {
    try await Self.run(recheckAfter: .zero) { stage in
      for text in ["one", "two", "three"] {
        try stage.directory.write(text, to: "b.bin")
        #expect(try await stage.get("/b.bin").body == text)
      }
      stage.directory.remove("b.bin")
      #expect(try await stage.get("/b.bin").status == 404)
    }
  }

  @Test("what stands in for a file makes way for it")
  func substitute() async throws {
    try await Self.run { stage in
      try stage.directory.write("app", to: "index.html")
      #expect(try await stage.get("/").body == "app")
      for _ in 0..<2 { #expect(try await stage.get("/page").body == "app") }
      try stage.directory.write("a file", to: "page")
      #expect(try await stage.get("/page").body == "a file")
    }
  }
}
