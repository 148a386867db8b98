// Puts a host together from its configuration and runs it: apps, pages, sockets, server. Made by
// the command line and by tests; the only place that knows all the parts.

import Logging
import NIOCore
import NIOPosix
import RealtimeProtocol
import Transport

/// A running host.
public final class PerigeeHost: Sendable {
  private let configuration: HostConfiguration
  private let logger: Logger
  private let group: MultiThreadedEventLoopGroup
  private let registry: AppRegistry
  private let server: HTTPServer
  private let console: DevConsole?
  private let keys = PlainKeys()
  private let hubs: EngineHubs
  /// The way to other nodes' sessions; nil for a host that is alone.
  private let relay: Relay?

  /// - Parameters:
  ///   - environment: the process's environment, of which apps see what they are permitted.
  ///   - endpoints: further paths and what serves them.
  ///   - responder: stands before the host's own responder, which it is given.
  /// - Throws: ``HostError`` when the engine's URL is wrong.
  public init(
    configuration: HostConfiguration, environment: [String: String], logger: Logger,
    endpoints: [(path: String, endpoint: any EngineEndpoint)] = [],
    responder: (any HTTPResponder) -> any HTTPResponder = { $0 }
  ) throws(HostError) {
    self.configuration = configuration
    self.logger = logger
    let threads = configuration.threads == 0 ? System.coreCount : configuration.threads
    group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
    console = configuration.development ? DevConsole() : nil
    let contexts = LoopContexts(
      group: group, heartbeat: .milliseconds(Int64(configuration.heartbeat)))
    let directory = AppDirectory(socketPaths: configuration.socketPaths)
    let journal = AppJournal(logger: logger, console: console)
    let live = LivePages(
      directory: directory, contexts: contexts, journal: journal,
      development: configuration.development)
    let mounts = PageMounts(live: live, development: configuration.development)
    hubs = try EngineHubs(
      host: EngineCatalog.url(configuration.engineURL, setting: "cluster.engine"),
      address: configuration.nodeAddress,
      timeout: .milliseconds(Int64(configuration.nodeTimeout)), logger: logger)
    relay = configuration.makeRelay(to: ClusterRoute(hubs: hubs), group: group, logger: logger)
    registry = AppRegistry(
      scanner: AppScanner(
        root: configuration.plugins, limits: configuration.appLimits, environment: environment),
      directory: directory, mounts: mounts, contexts: contexts,
      journal: journal,
      store: configuration.storagePath.isEmpty
        ? nil : ModelStore(path: configuration.storagePath, logger: logger),
      database: configuration.storagePath.isEmpty
        ? nil : HistoryDatabase(path: configuration.storagePath),
      recovery: configuration.recovery,
      hubs: hubs, development: configuration.development)
    let services = SocketIOEndpoint.Services(
      directory: directory, contexts: contexts,
      allowedHosts: HostRule(configuration.allowedHosts),
      connectTimeout: .milliseconds(Int64(configuration.connectTimeout)),
      maxAttachments: configuration.maxAttachments,
      namespacesPerConnection: configuration.namespacesPerConnection,
      gate: configuration.allowRequest.isEmpty
        ? nil : HandshakeGate(app: configuration.allowRequest, directory: directory))
    let server = configuration.server
    let router = AppRouter(
      directory: directory, contexts: contexts, services: configuration.wires(keys, relay),
      crossOrigin: server.crossOrigin)
    let site = SiteResponder(
      router: router,
      mounts: mounts, widgets: WidgetResponder(directory: directory),
      www: .pages(
        root: configuration.www, app: nil, singlePage: configuration.singlePage, live: live,
        development: configuration.development),
      allowedHosts: HostRule(configuration.allowedHosts), console: console,
      scripts: ServedScripts(
        development: configuration.development, socketPaths: configuration.socketPaths))
    self.server = HTTPServer(
      configuration: server,
      endpoints: configuration.socketPaths.map { path in
        (path, SocketIOEndpoint(path: path, services: services) as any EngineEndpoint)
      } + endpoints,
      responder: responder(site), relay: relay, group: group, logger: logger)
    if let relay { hubs.watchLosses { NodeAddress($0).map(relay.lost) } }
  }

  /// Loads the apps, then serves.
  /// - Parameter given: apps that lie on no disk, instead of those of the plugins folder.
  /// - Returns: the address that is served, and how each app fared.
  /// - Throws: ``HostError`` when the plugins folder, the certificate or the port cannot be
  ///   had.
  public func start(apps given: [AppSource]? = nil) async throws
    -> (address: SocketAddress, apps: [AppStatus])
  {
    let apps = try await loadApps(given)
    let listener = try await listenForNodes()
    do {
      let address = try await server.start()
      announce(address, listener)
      return (address, apps)
    } catch let error as TransportError where error.code != .bindFailed {
      throw HostError(.certificate, error.message, underlying: error.underlying)
    } catch {
      throw HostError(
        .listen,
        "\(configuration.host):\(configuration.port) cannot be served; "
          + "is another program there? Choose another port with --port",
        underlying: error)
    }
  }

  /// Listens for the other nodes, if they shall not come where clients do.
  private func listenForNodes() async throws(HostError) -> NodeAddress? {
    guard relay != nil, let address = NodeAddress(configuration.nodeListen) else { return nil }
    do {
      return try await server.listenForNodes(at: address)
    } catch {
      throw HostError(
        .listen,
        "\(address) cannot be served to other nodes; is another program there? "
          + "Set cluster.listen to another address",
        underlying: error)
    }
  }

  /// Tells the other nodes where they reach this one; the log, if they cannot.
  private func announce(_ served: SocketAddress, _ listener: NodeAddress?) {
    guard relay != nil else { return }
    switch NodeReach(configuration, served: served, listener: listener) {
    case .at(let address): hubs.move(to: address)
    case .nowhere(let reason):
      logger.warning(
        "Other nodes cannot pass requests of this node's sessions on to it, so that load balancers need sticky sessions: \(reason)"
      )
    }
  }

  private func loadApps(_ given: [AppSource]?) async throws -> [AppStatus] {
    if let given {
      var apps: [AppStatus] = []
      for source in given {
        if let status = await registry.load(source) { apps.append(status) }
      }
      return apps
    }
    let apps = try await registry.loadAll()
    if apps.isEmpty {
      logger.warning("\(configuration.plugins) holds no app yet; perigee new NAME makes one")
    }
    try registry.watch(plugins: configuration.plugins, www: configuration.www)
    return apps
  }

  /// Stops serving: clients are told, responses are finished, threads end.
  public func stop() async {
    console?.close()
    registry.stopWatching()
    keys.quiesce()
    await server.stop()
    await registry.retireAll()
    try? await group.shutdownGracefully()
  }
}

extension HostConfiguration {
  /// What of it concerns the transport.
  fileprivate var server: ServerConfiguration {
    var server = ServerConfiguration()
    server.host = host
    server.port = port
    if !certificate.isEmpty {
      server.tls = TLSFiles(certificate: certificate, key: certificateKey)
    }
    server.engine = EngineConfiguration(
      pingInterval: .milliseconds(Int64(pingInterval)),
      pingTimeout: .milliseconds(Int64(pingTimeout)),
      upgradeTimeout: .milliseconds(Int64(upgradeTimeout)),
      connectTimeout: .milliseconds(Int64(connectTimeout)), maxPayload: maxPayload)
    server.outboundLimit = outboundBytes
    server.maxRequestBody = requestBytes
    server.cookie = cookie.isEmpty ? nil : SessionCookie(name: cookie)
    server.compressionThreshold = compressionBytes == 0 ? nil : compressionBytes
    server.perMessageDeflateThreshold = perMessageDeflate ? max(compressionBytes, 1) : nil
    if corsOrigins.contains("*") {
      server.crossOrigin = CrossOriginPolicy(origins: .any)
    } else if !corsOrigins.isEmpty {
      server.crossOrigin = CrossOriginPolicy(origins: .only(Set(corsOrigins)))
    }
    return server
  }

  /// What passes requests of other nodes' sessions on; nil for a host that is alone.
  fileprivate func makeRelay(
    to route: ClusterRoute, group: MultiThreadedEventLoopGroup, logger: Logger
  ) -> Relay? {
    guard !engineURL.isEmpty else { return nil }
    // What an owner may take: until the next ping or its timeout, or for an app to answer.
    let longest = max(.milliseconds(Int64(pingInterval + pingTimeout)), Self.answerTimeout)
    return Relay(
      route: route, group: group, limit: relays, patience: longest + .seconds(5), logger: logger)
  }

  private static let answerTimeout = TimeAmount.seconds(30)

  /// What of it concerns the plain wires.
  fileprivate func wires(_ keys: PlainKeys, _ relay: Relay?) -> PlainServices {
    PlainServices(
      keys: keys, connectTimeout: .milliseconds(Int64(connectTimeout)),
      answerTimeout: Self.answerTimeout, retry: retry,
      maxPollTimeout: .milliseconds(Int64(pollTimeout)), maxBufferedBytes: outboundBytes,
      relay: relay)
  }

  /// What of it concerns clients that come back to their sockets; nil if they cannot.
  fileprivate var recovery: RecoveryLimits? {
    guard recoveryTime > 0 else { return nil }
    return RecoveryLimits(
      time: .milliseconds(Int64(recoveryTime)), packets: recoveryPackets,
      bytes: recoveryBytes << 20, sockets: recoverySockets)
  }
}
