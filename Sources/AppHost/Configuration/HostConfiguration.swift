// Everything about a host that its operator may choose. Defaults are safe for a developer's
// machine: loopback only, no foreign origins, every resource bounded.

/// The settings of one host.
public struct HostConfiguration: Sendable, Equatable {
  // server
  public var host = "127.0.0.1"
  public var port = 8080
  public var threads = 0
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
  public var compressionBytes = 1024
  public var perMessageDeflate = false

  // apps: what one app may use unless its app.toml says otherwise
  public var appLimits = AppLimits()

  public init() {}
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

  public init() {}
}
