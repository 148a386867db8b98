import Glibc
import PubSub
import PubSubNATS

/// A NATS server of a test's own, on a free port, with what it stores in a folder of its own.
final class NATSServer {
  private let folder: String
  private let arguments: [String]
  private var process: pid_t = 0
  /// Where its log is read from; open for as long as it runs, since it ends when nobody could read it.
  private var log: Int32 = -1
  /// -1 until the server has chosen one; after that it comes back on the same.
  private(set) var port = -1

  /// Starts the server; returns when it is ready.
  ///
  /// - Parameter configuration: what its file says besides.
  init(jetStream: Bool = true, configuration: String = "") throws {
    var template = Array("/tmp/perigee-nats-XXXXXX".utf8CString)
    folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    let file = "\(folder)/server.conf"
    let out = fopen(file, "w")
    fputs(configuration, out)
    fclose(out)
    arguments =
      ["nats-server", "-c", file, "-a", "127.0.0.1"] + (jetStream ? ["-js", "-sd", folder] : [])
    try start()
  }

  deinit {
    kill()
    remove(folder)
  }

  var url: String { "nats://127.0.0.1:\(port)" }

  func start() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw PubSubError(.refused, "no pipe") }
    let started = ServerProcess.start(arguments + ["-p", "\(port)"], errors: ends[1])
    close(ends[1])
    log = ends[0]
    guard let started else { throw PubSubError(.unreachable, "nats-server cannot be started") }
    process = started
    try readPort()
  }

  /// Reads the log until it says where the server listens and that it is ready.
  private func readPort() throws {
    var text = ""
    var bytes: [UInt8] = Array(repeating: 0, count: 4_096)
    while !text.contains("Server is ready") {
      var waiting = pollfd(fd: log, events: Int16(POLLIN), revents: 0)
      let count = poll(&waiting, 1, 20_000) > 0 ? read(log, &bytes, bytes.count) : 0
      guard count > 0 else { throw PubSubError(.unreachable, "nats-server says: \(text)") }
      text += String(decoding: bytes[..<count], as: UTF8.self)
    }
    guard let place = text.firstRange(of: "client connections on 127.0.0.1:") else {
      throw PubSubError(.unreachable, "nats-server listens nowhere: \(text)")
    }
    port = Int(text[place.upperBound...].prefix { $0.isNumber }) ?? port
  }

  /// Ends the server without a word.
  func kill() {
    if log >= 0 { close(log) }
    log = -1
    ServerProcess.kill(&process)
  }

  private func remove(_ path: String) {
    if let entries = opendir(path) {
      while let entry = readdir(entries) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != "." && name != ".." { remove("\(path)/\(name)") }
      }
      closedir(entries)
    }
    Glibc.remove(path)
  }
}

/// The nodes of a server that a test started, which is its own breaker.
struct NATSServerMiddle: TestMiddle {
  let url: String

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try NATSEngine.make(EngineURL(url), limits: limits, receiver: receiver)
  }

  func cut() async throws {}
  func stall() async throws {}
  func mend() async throws {}
  func end() async throws {}
}
