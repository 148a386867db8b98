import Logging
import NIOCore
import NIOPosix
import Testing
import Transport

@Suite(.serialized, .timeLimit(.minutes(1))) struct CertificateTests {
  /// What a server that shall not start says.
  private func refusal(_ files: TLSFiles) async -> TransportError? {
    let server = HTTPServer(
      configuration: .testing { $0.tls = files }, endpoints: [], responder: TestResponder(),
      group: .singleton, logger: Logger(label: "test"))
    do {
      _ = try await server.start()
      await server.stop()
      return nil
    } catch {
      return error as? TransportError
    }
  }

  @Test("a file that is not there, or cannot be read, is named with a remedy")
  func missing() async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    var files = try TestCertificate.first.write(to: folder)
    files.key = folder.path + "/none.pem"
    let key = try #require(await refusal(files))
    #expect(key.code == .unreadableFile)
    #expect(
      key.message == "The TLS key \(files.key) cannot be read (No such file or directory): "
        + "check the path, and that the user of this process may read the file")
    files.certificate = folder.path
    let directory = try #require(await refusal(files))
    #expect(directory.code == .unreadableFile)
    #expect(directory.message.contains("The TLS certificate \(folder.path) cannot be read"))
  }

  @Test("a file without PEM is named with what it should hold", arguments: [true, false])
  func noPEM(isKey: Bool) async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    let files = try TestCertificate.first.write(to: folder)
    try folder.write("hello", to: isKey ? "key.pem" : "cert.pem")
    let error = try #require(await refusal(files))
    #expect(error.code == .badCertificate)
    #expect(error.message.contains(isKey ? "key \(files.key)" : "certificate \(files.certificate)"))
    #expect(error.message.contains("-----BEGIN \(isKey ? "PRIVATE KEY" : "CERTIFICATE")-----"))
  }

  @Test("a key that does not belong to the certificate keeps a server from starting")
  func mismatch() async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    let files = try TestCertificate.first.write(to: folder)
    try folder.write(TestCertificate.second.key, to: "key.pem")
    let error = try #require(await refusal(files))
    #expect(error.code == .badCertificate)
    #expect(error.message.contains("\(files.key) does not belong to the certificate"))
  }

  @Test("a renewed certificate is for new connections; a broken one changes nothing")
  func renewal() async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    let files = try TestCertificate.first.write(to: folder)
    try await TestServer.run(configuration: .testing { $0.tls = files }) { server in
      let tls = try ClientTLS()
      let old = try await Self.hello(server, tls)
      #expect(try tls.certificate == TestCertificate.first.bytes)

      try TestCertificate.second.write(to: folder)
      await server.server.reloadCertificate()
      _ = try await Self.hello(server, tls)
      #expect(try tls.certificate == TestCertificate.second.bytes)

      try folder.write("nonsense", to: "cert.pem")
      await server.server.reloadCertificate()
      folder.remove("key.pem")
      await server.server.reloadCertificate()
      _ = try await Self.hello(server, tls)
      #expect(try tls.certificate == TestCertificate.second.bytes)

      try await old.request("GET", "/hello")
      #expect(try await old.response().body == "hello")
    }
  }

  private static func hello(_ server: TestServer, _ tls: ClientTLS) async throws -> RawClient {
    let client = try await server.connect(tls: tls)
    try await client.request("GET", "/hello")
    #expect(try await client.response().body == "hello")
    return client
  }

  @Test("files that change are looked at by themselves")
  func watching() async throws {
    let folder = try TemporaryDirectory()
    defer { folder.remove() }
    let files = try TestCertificate.first.write(to: folder)
    let configuration = ServerConfiguration.testing {
      $0.tls = files
      $0.certificateCheckInterval = .milliseconds(10)
    }
    try await TestServer.run(configuration: configuration) { server in
      try TestCertificate.second.write(to: folder)
      let tls = try ClientTLS()
      for _ in 0..<500 {
        _ = try await Self.hello(server, tls)
        if try tls.certificate == TestCertificate.second.bytes { return }
      }
      Issue.record("The renewed certificate never came")
    }
  }
}
