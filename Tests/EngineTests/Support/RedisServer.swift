// A Redis server of a test's own, for what others must not feel: to be killed, stopped, or configured in
// another way.

import Glibc
import NIOCore
import NIOPosix
import PubSub

/// A redis-server that was started here, in a folder of its own.
final class RedisServer {
  struct Failure: Error {
    let message: String
  }

  private static let patience = TimeAmount.seconds(20)

  let url: EngineURL
  private let port: Int
  private let folder: String
  private let arguments: [String]
  private var process: pid_t = 0

  /// Starts a server.
  ///
  /// - Parameter options: what its configuration has beyond the port and the folder.
  init(_ options: [String] = []) async throws {
    port = try await Self.freePort()
    var template = Array("/tmp/perigee-redis-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure(message: "no folder") }
    folder = String(cString: made)
    arguments =
      ["redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder]
      + ["--save", "", "--logfile", "log"] + options
    url = try EngineURL("redis://127.0.0.1:\(port)")
    try await start()
  }

  deinit { end() }

  /// Starts it, and returns when it answers.
  func start() async throws {
    guard let started = ServerProcess.start(arguments) else {
      throw Failure(message: "redis-server cannot be started")
    }
    process = started
    let deadline = NIODeadline.now() + Self.patience
    while !isReady {
      guard NIODeadline.now() < deadline else {
        throw Failure(message: "redis-server is not ready")
      }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// Ends it without a word to it.
  func kill() { ServerProcess.kill(&process) }

  /// Stops it as it is, or lets it go on.
  func pause(_ isPaused: Bool) { Glibc.kill(process, isPaused ? SIGSTOP : SIGCONT) }

  /// Ends it and removes what it has written.
  func end() {
    kill()
    Self.remove(folder)
  }

  func console() throws -> RedisConsole { try RedisConsole(url) }

  private var isReady: Bool {
    do {
      return try console().run("PING") == ["PONG"]
    } catch {
      // It has a password, and so it answers.
      return (error as? RedisConsole.Failure)?.message.hasPrefix("NOAUTH") == true
    }
  }

  /// Removes a file, or a folder with what is in it.
  static func remove(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != "." && name != ".." { remove("\(path)/\(name)") }
      }
      closedir(folder)
    }
    Glibc.remove(path)
  }

  /// A port that nobody listens on.
  static func freePort() async throws -> Int {
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = listener.localAddress?.port ?? 0
    try await listener.close()
    return port
  }
}
