// An app's app.toml: what its author says about the app as a whole.

import LuaRuntime
import PubSub

/// The optional manifest of a folder app.
public struct AppManifest: Sendable, Equatable {
  /// What the app is called on the host's front page and in logs; empty means its folder's name.
  public var title = ""
  /// How many instances of its scripts run, each for the clients of its own event loops.
  public var workers = 1
  /// Host names on which the app's namespaces and pages answer; empty is any.
  public var allowedHosts: [String] = []
  /// Socket paths on which its namespaces answer; empty is the host's own.
  public var socketPaths: [String] = []
  /// Serves the app's index.html for paths that name no file.
  public var singlePage = false
  /// Environment variables that scripts may read with `perigee.env`.
  public var environment: [String] = []
  /// The environment variable that holds the key of signed publications; empty: nobody outside may
  /// publish.
  public var publishKeyVariable = ""
  /// What carries the app's publications between nodes; empty is the host's engine.
  public var engineURL = ""
  public var limits: AppLimits

  public init(limits: AppLimits = AppLimits()) { self.limits = limits }

  /// Every key of app.toml.
  public static let settings = SettingTable<AppManifest>(
    [
      .string("title", \.title, "What the app is called."),
      .integer(
        "workers", \.workers, 1...64,
        "Instances of its scripts, each for the clients of its own event loops."),
      .list("allowed_hosts", \.allowedHosts, "Host names the app answers on; empty is any."),
      .list(
        "socket_paths", \.socketPaths, shape: "a list of paths such as \"/game/\"",
        "Where its Socket.IO clients connect; empty is the host's socket paths.",
        where: HostConfiguration.isSocketPath),
      .boolean("spa", \.singlePage, "Serves index.html for paths that name no file in its www."),
      .list(
        "permissions.env", \.environment,
        "Environment variables that scripts may read with perigee.env."),
      .string(
        "publish.key_env", \.publishKeyVariable,
        "The environment variable with the key that signs POST /NAME/publish; empty refuses all."),
      .string(
        "cluster.engine", \.engineURL, shape: "a URL such as \"redis://127.0.0.1:6379\"",
        "What carries the app's publications between nodes; empty is the host's engine."),
    ] + AppLimits.settings(at: \.limits, prefix: "limits."))
}

extension AppManifest {
  /// - Parameter keepsHistory: whether anything outlives the process.
  /// - Throws: ``HostError`` when one setting needs another that is missing.
  func check(app: String, keepsHistory: Bool) throws(HostError) {
    guard limits.historyDurable, !keepsHistory, engineURL.isEmpty else { return }
    throw HostError(
      .manifest,
      "\(app): limits.history_durable needs a database, but storage.path in perigee.toml is empty")
  }
}

extension AppLimits {
  /// The limits as the Lua runtime takes them.
  var lua: LuaLimits {
    LuaLimits(
      memoryBytes: memory << 20, eventTime: .milliseconds(eventTime),
      loadTime: .milliseconds(loadTime), eventInstructions: eventInstructions,
      outboxBytes: outbox << 20, suspendedHandlers: suspended, timers: timers,
      presenceEntries: presenceEntries, presenceMetaBytes: presenceMetaBytes)
  }

  /// The bounds of an app's presence.
  var presence: PresenceLimits {
    var limits = PresenceLimits()
    limits.grace = .milliseconds(Int64(presenceGrace))
    limits.entries = presenceEntries
    return limits
  }

  /// The history of an app's channels.
  var history: HistoryTable<Publication> {
    HistoryTable(
      defaults: HistoryLimits(
        messages: historyMessages, age: .seconds(Int64(historySeconds)), isDurable: historyDurable),
      maxBytes: historyBytes << 20, maxChannels: channels)
  }
}
