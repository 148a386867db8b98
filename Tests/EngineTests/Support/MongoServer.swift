// A server of a test's own that speaks as MongoDB does, to be killed, stopped, or started in another way.

import Glibc
import NIOCore
import PubSub

/// The server that TEST_MONGO_SERVER names, started here with a folder of its own.
final class MongoServer {
  struct Failure: Error {
    let message: String
  }

  private static let patience = TimeAmount.seconds(30)

  let url: String
  private let folder: String
  private let words: [String]
  private var process: pid_t = 0

  /// The program; nil where there is none.
  static var program: String? { getenv("TEST_MONGO_SERVER").map { String(cString: $0) } }

  /// Starts a server.
  ///
  /// - Parameter options: what its command line has beyond the port and the folder.
  init(_ options: [String] = []) async throws {
    let port = try await RedisServer.freePort()
    var template = Array("/tmp/perigee-mongo-XXXXXX".utf8CString)
    guard let program = Self.program, let made = mkdtemp(&template) else {
      throw Failure(message: "no program or no folder")
    }
    folder = String(cString: made)
    url = "mongodb://127.0.0.1:\(port)"
    words =
      [program, "--host", "127.0.0.1", "--port", "\(port)", "--storage-path", "\(folder)/data"]
      + ["--log-level", "ERROR"] + options
    try await start()
  }

  deinit { end() }

  /// Starts it, and returns when it answers.
  func start() async throws {
    guard let started = ServerProcess.start(words) else {
      throw Failure(message: "\(words[0]) cannot be started")
    }
    process = started
    let deadline = NIODeadline.now() + Self.patience
    while !isReady {
      guard NIODeadline.now() < deadline else { throw Failure(message: "\(url) is not ready") }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private var isReady: Bool {
    do {
      try MongoProgram(EngineURL(url), prefix: "none").ping()
      return true
    } catch {
      return (error as? PubSubError)?.code == .unauthorized
    }
  }

  /// Ends it without a word to it.
  func kill() { ServerProcess.kill(&process) }

  /// Stops it as it is, or lets it go on.
  func pause(_ isPaused: Bool) { Glibc.kill(process, isPaused ? SIGSTOP : SIGCONT) }

  /// Ends it and removes what it has written.
  func end() {
    kill()
    RedisServer.remove(folder)
  }
}
