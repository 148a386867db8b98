// The table of perigee.toml's keys. docs/configuration.md is checked against it.

import PubSub
import Transport

extension HostConfiguration {
  /// Every key of perigee.toml, with its meaning.
  public static let settings = SettingTable<HostConfiguration>(
    serverSettings + engineSettings + wireSettings + clusterSettings + storageSettings
      + AppLimits.settings(at: \.appLimits, prefix: "limits."))

  private static let serverSettings: [Setting<HostConfiguration>] = [
    .string("server.host", \.host, "The address to listen on; 0.0.0.0 is every IPv4 interface."),
    .integer("server.port", \.port, 0...65535, "The TCP port; 0 takes any free one."),
    .integer("server.threads", \.threads, 0...1024, "Event loops; 0 is one for each core."),
    .string(
      "server.tls_cert", \.certificate, shape: "a path",
      "The certificate for HTTPS and HTTP/2, a PEM file with its chain; none is plain HTTP."),
    .string(
      "server.tls_key", \.certificateKey, shape: "a path",
      "The certificate's key, a PEM file without a passphrase."),
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
    .integer(
      "engine.recovery_ms", \.recoveryTime, 0...86_400_000,
      "Time a Socket.IO client has to come back to its socket and get what it missed; 0 is off."),
    .integer(
      "engine.recovery_packets", \.recoveryPackets, 1...10_000_000,
      "Packets of an app that are kept for clients that come back."),
    .integer(
      "engine.recovery_mb", \.recoveryBytes, 1...65_536, "What these may take, in MiB."),
    .integer(
      "engine.recovery_clients", \.recoverySockets, 1...10_000_000,
      "Clients of an app that may be away and come back."),
    .string(
      "engine.cookie", \.cookie, shape: "a cookie's name",
      "A cookie with the session's id, for load balancers; empty sets none.",
      where: {
        $0.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"()<>@,;:\\\"/[]?={}".utf8.contains($0) }
      }),
    .string(
      "engine.allow_request", \.allowRequest,
      "The app whose allow_request(request) judges handshakes; empty admits all."),
    .integer(
      "engine.compression_bytes", \.compressionBytes, 0...1_000_000_000,
      "Polling responses from this size on are compressed; 0 compresses none."),
    .boolean(
      "engine.per_message_deflate", \.perMessageDeflate,
      "Offers compression of WebSocket messages from engine.compression_bytes on."),
  ]

  private static let wireSettings: [Setting<HostConfiguration>] = [
    .integer(
      "wires.heartbeat_ms", \.heartbeat, 100...3_600_000,
      "Time between the comments that keep event streams alive."),
    .integer(
      "wires.retry_ms", \.retry, 0...3_600_000,
      "Time after which a browser reconnects an event stream."),
    .integer(
      "wires.poll_timeout_ms", \.pollTimeout, 100...3_600_000, "The longest a poll may wait."),
    .integer(
      "wires.request_bytes", \.requestBytes, 1_000...1_000_000_000,
      "The largest body of a request to an app, uploads included."),
  ]

  private static let clusterSettings: [Setting<HostConfiguration>] = [
    .string(
      "cluster.engine", \.engineURL, shape: "a URL such as \"redis://127.0.0.1:6379\"",
      "What carries publications between several nodes; empty for a node that is alone."),
    .integer(
      "cluster.node_timeout_ms", \.nodeTimeout, 1_000...600_000,
      "Silence after which another node counts as gone."),
    .string(
      "cluster.address", \.nodeAddress, shape: "a host and a port such as \"10.0.0.7:8080\"",
      "Where the other nodes reach this one's server; empty is where it listens, if that is one address.",
      where: isAddress),
    .string(
      "cluster.listen", \.nodeListen, shape: "a host and a port such as \"10.0.0.7:8081\"",
      "Where it listens for the other nodes, without TLS; empty is where it listens for clients.",
      where: { $0.isEmpty || NodeAddress($0) != nil }),
    .integer(
      "cluster.relays", \.relays, 1...1_000_000,
      "Requests and WebSockets of other nodes' sessions that are passed on at a time."),
  ]

  private static let storageSettings: [Setting<HostConfiguration>] = [
    .string(
      "storage.path", \.storagePath, shape: "a path",
      "The database of persistent models and durable channels, made when needed; empty: none.")
  ]

  /// Empty, or a host and a port that others can be told.
  static let isAddress: @Sendable (String) -> Bool = { text in
    guard let address = NodeAddress(text) else { return text.isEmpty }
    return address.port > 0 && text.utf8.count <= NodeMessage.longestAddress
  }

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
    let durable = Setting<Root>.boolean(
      prefix + "history_durable",
      "Whether channels outlive the process unless scripts say otherwise.",
      get: { $0[keyPath: path].historyDurable }, set: { $0[keyPath: path].historyDurable = $1 })
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
      row(
        "history_messages", \.historyMessages, 0...1_000_000,
        "Publications a channel keeps for clients that come back."),
      row("history_seconds", \.historySeconds, 0...31_536_000, "How long it keeps them."),
      row(
        "history_mb", \.historyBytes, 1...65_536, "What all histories of an app may take, in MiB."),
      durable,
      row(
        "durable_mb", \.durableBytes, 1...1_048_576,
        "What the durable channels of an app may take on disk, in MiB."),
      row(
        "shared_mb", \.sharedBytes, 1...65_536,
        "What the shared store of an app may take, in MiB."),
      row("channels", \.channels, 100...10_000_000, "Channels of an app that have a position."),
      row(
        "presence_entries", \.presenceEntries, 1...10_000_000,
        "Clients of an app that are present on channels of one node."),
      row(
        "presence_meta_bytes", \.presenceMetaBytes, 2...1_000_000,
        "What a script says about one of them, in bytes."),
      row(
        "presence_grace_ms", \.presenceGrace, 0...600_000,
        "Time for which one whose connection was lost stays present."),
    ]
  }
}
