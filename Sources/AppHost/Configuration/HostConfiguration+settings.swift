// The table of perigee.toml's keys. docs/configuration.md is checked against it.

extension HostConfiguration {
  /// Every key of perigee.toml, with its meaning.
  public static let settings = SettingTable<HostConfiguration>(
    serverSettings + engineSettings + AppLimits.settings(at: \.appLimits, prefix: "limits."))

  private static let serverSettings: [Setting<HostConfiguration>] = [
    .string("server.host", \.host, "The address to listen on; 0.0.0.0 is every IPv4 interface."),
    .integer("server.port", \.port, 0...65535, "The TCP port; 0 takes any free one."),
    .integer("server.threads", \.threads, 0...1024, "Event loops; 0 is one for each core."),
    .folder("server.plugins", \.plugins, "The folder of the apps."),
    .folder("server.www", \.www, "The folder of the host's own pages."),
    .boolean(
      "server.dev", \.development,
      "Shows errors in open pages and reloads pages whose files change."),
    .list(
      "server.socket_paths", \.socketPaths, shape: "a list of paths such as \"/socket.io/\"",
      "Where Socket.IO clients connect.", where: isSocketPath),
    .list(
      "server.allowed_hosts", \.allowedHosts,
      "Host names that requests may ask for, without ports; empty allows all."),
    .list(
      "server.cors_origins", \.corsOrigins,
      "Origins of other sites whose pages may connect; \"*\" is every site."),
    .boolean(
      "server.spa", \.singlePage, "Serves index.html for paths that name no file in www."),
    .string(
      "server.log_level", \.logLevel, shape: "debug, info, notice, warning or error",
      "The least important lines that are logged.",
      where: { ["trace", "debug", "info", "notice", "warning", "error"].contains($0) }),
  ]

  private static let engineSettings: [Setting<HostConfiguration>] = [
    .integer("engine.ping_interval_ms", \.pingInterval, 50...3_600_000, "Time between pings."),
    .integer(
      "engine.ping_timeout_ms", \.pingTimeout, 50...3_600_000,
      "Time a client has to answer a ping."),
    .integer(
      "engine.upgrade_timeout_ms", \.upgradeTimeout, 50...3_600_000,
      "Time a change of transport may take."),
    .integer(
      "engine.connect_timeout_ms", \.connectTimeout, 50...3_600_000,
      "Time until a new connection must have joined a namespace."),
    .integer(
      "engine.max_payload", \.maxPayload, 1_000...1_000_000_000,
      "The largest message or POST a client may send, in bytes."),
    .integer(
      "engine.max_attachments", \.maxAttachments, 0...1_000,
      "Binary attachments a packet may have."),
    .integer(
      "engine.outbound_bytes", \.outboundBytes, 10_000...1_000_000_000,
      "Bytes that may wait for a slow client before it is disconnected."),
    .integer(
      "engine.namespaces_per_connection", \.namespacesPerConnection, 1...10_000,
      "Namespaces a connection may join."),
  ]

  /// A path that begins and ends with a slash.
  static let isSocketPath: @Sendable (String) -> Bool = {
    $0.count > 2 && $0.hasPrefix("/") && $0.hasSuffix("/") && !$0.contains("//")
  }
}

extension AppLimits {
  /// The rows of an app's limits, for a structure that holds them at `path`.
  static func settings<Root>(
    at path: WritableKeyPath<Root, AppLimits> & Sendable, prefix: String
  ) -> [Setting<Root>] {
    func row(
      _ key: String, _ field: WritableKeyPath<AppLimits, Int> & Sendable,
      _ range: ClosedRange<Int>, _ summary: String
    ) -> Setting<Root> {
      .integer(
        prefix + key, range, summary, get: { $0[keyPath: path][keyPath: field] },
        set: { $0[keyPath: path][keyPath: field] = $1 })
    }
    return [
      row("memory_mb", \.memory, 1...65_536, "Lua memory of an app, in MiB."),
      row(
        "event_ms", \.eventTime, 5...600_000,
        "Processor time a handler may use without suspending; four times that by the clock."),
      row("load_ms", \.loadTime, 10...600_000, "Time the loading of an app may take."),
      row(
        "event_instructions", \.eventInstructions, 0...Int.max,
        "Lua instructions a handler may run without suspending; 0 counts none."),
      row("outbox_mb", \.outbox, 1...1_024, "What one handler run may send, in MiB."),
      row("suspended", \.suspended, 1...10_000_000, "Suspended handlers of an app."),
      row("timers", \.timers, 0...1_000_000, "Running timers of an app."),
      row("waiting_events", \.waitingEvents, 100...10_000_000, "Events that wait for an app."),
    ]
  }
}
