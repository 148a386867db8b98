// Everything about a host that its operator may choose. Defaults are safe for a developer's
// machine: loopback only, no foreign origins, every resource bounded.

/// The settings of one host.
public struct HostConfiguration: Sendable, Equatable {
  // server
  public var host = "127.0.0.1"
  public var port = 8080
  public var threads = 0
  public var certificate = ""
  public var certificateKey = ""
  public var plugins = "Plugins"
  public var www = "www"
  public var development = false
  public var socketPaths = ["/socket.io/", "/socketio/"]
  public var allowedHosts: [String] = []
  public var corsOrigins: [String] = []
  public var singlePage = false
  public var logLevel = "info"

  // engine: Engine.IO's timing and sizes
  public var pingInterval = 25_000
  public var pingTimeout = 20_000
  public var upgradeTimeout = 10_000
  public var connectTimeout = 45_000
  public var maxPayload = 1_000_000
  public var maxAttachments = 10
  public var outboundBytes = 1 << 20
  public var namespacesPerConnection = 100
  public var recoveryTime = 0
  public var recoveryPackets = 10_000
  public var recoveryBytes = 16
  public var recoverySockets = 10_000
  public var cookie = ""
  public var allowRequest = ""
  public var compressionBytes = 1024
  public var perMessageDeflate = false

  // wires: SSE, long-polling, HTTP
  public var heartbeat = 15_000
  public var retry = 2_000
  public var pollTimeout = 60_000
  public var requestBytes = 1 << 20

  // cluster: several nodes
  public var engineURL = ""
  public var nodeTimeout = 5_000
  public var nodeAddress = ""
  public var nodeListen = ""
  public var relays = 10_000

  // storage: what outlives the process
  public var storagePath = "perigee.db"

  // apps: what one app may use unless its app.toml says otherwise
  public var appLimits = AppLimits()

  public init() {}

  /// How the addresses begin that the host serves: `https` with a certificate.
  public var scheme: String { certificate.isEmpty ? "http" : "https" }

  /// - Throws: ``HostError`` when one setting needs another that is missing.
  func check() throws(HostError) {
    guard certificate.isEmpty == certificateKey.isEmpty else {
      let (given, missing) =
        certificate.isEmpty
        ? ("server.tls_key", "server.tls_cert") : ("server.tls_cert", "server.tls_key")
      throw HostError(
        .configuration,
        "\(given) is set and \(missing) is not: TLS needs both, plain HTTP neither; "
          + "perigee dev-cert makes a pair for this machine")
    }
    _ = try EngineCatalog.url(engineURL, setting: "cluster.engine")
  }
}

/// What one app may use.
public struct AppLimits: Sendable, Equatable {
  /// Lua memory, in MiB.
  public var memory = 64
  /// Processor time of one handler run between two suspensions, in milliseconds.
  public var eventTime = 100
  /// Processor time of loading a generation, in milliseconds.
  public var loadTime = 2_000
  /// Lua instructions of one handler run; 0 counts none.
  public var eventInstructions = 0
  /// Bytes that one handler run may emit, in MiB.
  public var outbox = 16
  /// Handlers that are suspended at a time.
  public var suspended = 10_000
  /// Timers that are running at a time.
  public var timers = 1_000
  /// Events that wait for the app at a time.
  public var waitingEvents = 100_000
  /// Publications that a channel's history keeps.
  public var historyMessages = 1_000
  /// How long it keeps them, in seconds.
  public var historySeconds = 300
  /// What the histories of all its channels may take, in MiB.
  public var historyBytes = 16
  /// Whether channels outlive the process unless scripts say otherwise.
  public var historyDurable = false
  /// What the histories of its durable channels may take on disk, in MiB.
  public var durableBytes = 256
  /// What its workers may keep in the shared store, in MiB.
  public var sharedBytes = 16
  /// Channels that have a position at a time.
  public var channels = 100_000
  /// Clients of one node that are present at a time, counted by channel.
  public var presenceEntries = 100_000
  /// What a script says about one of them, in bytes.
  public var presenceMetaBytes = 4_096
  /// How long the entry of a lost connection stays, in milliseconds.
  public var presenceGrace = 2_000

  public init() {}
}
