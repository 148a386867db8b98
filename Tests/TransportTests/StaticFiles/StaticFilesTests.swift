import NIOCore
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct StaticFilesTests {
  private static let page = "<!doctype html><title>Home</title>"
  private static let script = String(repeating: "console.log('perigee');\n", count: 100)

  private static func run(
    options: StaticFiles.Options = StaticFiles.Options(),
    _ body: (RawClient, TemporaryDirectory) async throws -> Void
  ) async throws {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    try directory.write(page, to: "index.html")
    try directory.write(script, to: "app.js")
    try directory.write("0123456789", to: "digits.bin")
    try directory.write("secret", to: ".env")
    try directory.write("inner", to: "docs/index.html")
    try directory.write("empty directory", to: "bare/note.txt")
    try directory.link("link.bin", to: directory.path + "/digits.bin")
    try directory.link("passwd", to: "/etc/passwd")
    let responder = FilesResponder(files: StaticFiles(root: directory.path, options: options))
    try await TestServer.run(responder: responder) { server in
      try await body(try await server.connect(), directory)
    }
  }

  @Test("a file has its type, its tag and its date")
  func file() async throws {
    try await Self.run { client, _ in
      for _ in 0..<2 {
        try await client.request("GET", "/")
        let response = try await client.response()
        #expect(response.status == 200)
        #expect(response.body == Self.page)
        #expect(response.headers["content-type"] == "text/html; charset=utf-8")
        #expect(response.headers["cache-control"] == "no-cache")
        #expect(response.headers["last-modified"]?.hasSuffix("GMT") == true)
        #expect(response.headers["etag"]?.hasPrefix("\"") == true)
      }
    }
  }

  @Test(
    "what is not to be seen is not found",
    arguments: [
      "/.env", "/nothing", "/docs/.hidden", "/passwd", "/bare/", "/bare", "/index.html/",
      "/docs//index.html", "/%2eenv",
    ])
  func notFound(path: String) async throws {
    try await Self.run { client, _ in
      try await client.request("GET", path)
      #expect(try await client.response().status == 404)
    }
  }

  /// A page that says which file it was made of, and when.
  private struct Counter: DynamicPage {
    let path: String
    let bytes: ByteBuffer

    func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
      let text = "\(path) \(String(buffer: bytes)) \(request.uri)"
      return request.eventLoop.makeSucceededFuture(.text(text))
    }
  }

  @Test("a page that makes itself anew answers for its file, on later requests too")
  func dynamicPage() async throws {
    var options = StaticFiles.Options()
    options.recheckAfter = .zero
    options.spaFallback = true
    options.transformHTML = { _ in ByteBuffer(string: "changed") }
    options.dynamicPage = { bytes, path in
      path == "/index.html" ? Counter(path: path, bytes: bytes) : nil
    }
    try await Self.run(options: options) { client, directory in
      for uri in ["/?a", "/?b", "/index.html", "/no/file"] {
        try await client.request("GET", uri)
        #expect(try await client.response().body == "/index.html changed \(uri)")
      }
      try await client.request("GET", "/docs/")
      #expect(try await client.response().headers["etag"] != nil)
      try await client.request("POST", "/")
      #expect(try await client.response().status == 405)
    }
  }

  @Test("a symbolic link inside the root is followed")
  func link() async throws {
    try await Self.run { client, _ in
      try await client.request("GET", "/link.bin")
      #expect(try await client.response().body == "0123456789")
    }
  }

  @Test("a directory is sent to its slash, the query kept")
  func directory() async throws {
    try await Self.run { client, _ in
      try await client.request("GET", "/docs?x=1")
      let response = try await client.response()
      #expect(response.status == 301)
      #expect(response.headers["location"] == "./docs/?x=1")
      try await client.request("GET", "/docs/")
      #expect(try await client.response().body == "inner")
    }
  }

  @Test("a client that has the file is told so")
  func conditional() async throws {
    try await Self.run { client, _ in
      try await client.request("GET", "/digits.bin")
      let full = try await client.response()
      let tag = try #require(full.headers["etag"])
      let date = try #require(full.headers["last-modified"])
      for header in [
        ["if-none-match": tag], ["if-none-match": "\"x\", W/" + tag], ["if-none-match": "*"],
        ["if-modified-since": date],
      ] {
        try await client.request("GET", "/digits.bin", headers: header)
        let response = try await client.response()
        #expect(response.status == 304)
        #expect(response.headers["etag"] == tag)
      }
      let stale = ["if-none-match": "\"x\"", "if-modified-since": date]
      try await client.request("GET", "/digits.bin", headers: stale)
      #expect(try await client.response().status == 200)
    }
  }

  @Test("part of a file can be asked for")
  func ranges() async throws {
    try await Self.run { client, _ in
      try await client.request("GET", "/digits.bin", headers: ["range": "bytes=2-4"])
      let part = try await client.response()
      #expect(part.status == 206)
      #expect(part.body == "234")
      #expect(part.headers["content-range"] == "bytes 2-4/10")
      try await client.request("GET", "/digits.bin", headers: ["range": "bytes=10-"])
      let beyond = try await client.response()
      #expect(beyond.status == 416)
      #expect(beyond.headers["content-range"] == "bytes */10")
      try await client.request(
        "GET", "/digits.bin", headers: ["range": "bytes=2-4", "if-range": "\"old\""])
      #expect(try await client.response().body == "0123456789")
    }
  }

  @Test("text is compressed for those who take it, under a tag of its own")
  func compression() async throws {
    try await Self.run { client, _ in
      try await client.request("GET", "/app.js")
      let plain = try await client.response()
      #expect(plain.body == Self.script)
      #expect(plain.headers["vary"] == "Accept-Encoding")
      try await client.request("HEAD", "/app.js", headers: ["accept-encoding": "gzip, br"])
      let packed = try await client.response(hasBody: false)
      #expect(packed.headers["content-encoding"] == "gzip")
      #expect(packed.headers["etag"] != plain.headers["etag"])
      #expect(Int(packed.headers["content-length"] ?? "").map { $0 < Self.script.count } == true)
    }
  }

  @Test("a file that changes is seen again")
  func change() async throws {
    var options = StaticFiles.Options()
    options.recheckAfter = .zero
    try await Self.run(options: options) { client, directory in
      try await client.request("GET", "/digits.bin")
      #expect(try await client.response().body == "0123456789")
      try directory.write("changed", to: "digits.bin")
      try await client.request("GET", "/digits.bin")
      #expect(try await client.response().body == "changed")
      directory.remove("digits.bin")
      try await client.request("GET", "/digits.bin")
      #expect(try await client.response().status == 404)
    }
  }

  @Test("files that are too long for memory are sent from the disk, whole and in part")
  func longFile() async throws {
    var options = StaticFiles.Options()
    options.maxCachedFile = 100
    try await Self.run(options: options) { client, directory in
      let long = String(repeating: "0123456789", count: 100_000)
      try directory.write(long, to: "long.txt")
      try await client.request("GET", "/long.txt")
      #expect(try await client.response().body == long)
      try await client.request("GET", "/long.txt", headers: ["range": "bytes=-5"])
      #expect(try await client.response().body == "56789")
      try await client.request("HEAD", "/long.txt")
      let head = try await client.response(hasBody: false)
      #expect(head.headers["content-length"] == "1000000")
    }
  }

  @Test("other methods are not allowed")
  func methods() async throws {
    try await Self.run { client, _ in
      try await client.request("POST", "/app.js", body: "x")
      let response = try await client.response()
      #expect(response.status == 405)
      #expect(response.headers["allow"] == "GET, HEAD")
    }
  }

  @Test("a single-page application gets its page for addresses of its own")
  func fallback() async throws {
    var options = StaticFiles.Options()
    options.spaFallback = true
    try await Self.run(options: options) { client, _ in
      try await client.request("GET", "/users/7")
      #expect(try await client.response().body == Self.page)
      try await client.request("GET", "/missing.js")
      #expect(try await client.response().status == 404)
    }
  }

  @Test("pages can be changed on their way into memory")
  func transform() async throws {
    var options = StaticFiles.Options()
    options.transformHTML = { page in
      var page = page
      page.writeString("<script></script>")
      return page
    }
    try await Self.run(options: options) { client, _ in
      try await client.request("GET", "/")
      #expect(try await client.response().body == Self.page + "<script></script>")
      try await client.request("GET", "/digits.bin")
      #expect(try await client.response().body == "0123456789")
    }
  }
}
