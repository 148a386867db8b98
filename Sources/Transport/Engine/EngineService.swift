// The Engine.IO endpoints of a server: which path is whose, which request is what, and on which
// event loop its session lives. Shared by all loops; the connections' handlers call it.

import NIOCore
import NIOHTTP1
import RealtimeProtocol

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Serves the requests of every Engine.IO endpoint.
final class EngineService: Sendable {
  let configuration: ServerConfiguration
  /// The way to other nodes' sessions; `nil` where there are no others.
  let relay: Relay?
  let sessions = SessionTable()
  let endpoints: [String: Mounted]

  struct Mounted: Sendable {
    let path: String
    let endpoint: any EngineEndpoint
  }

  init(
    configuration: ServerConfiguration, endpoints: [(path: String, endpoint: any EngineEndpoint)],
    relay: Relay?
  ) {
    self.configuration = configuration
    self.relay = relay
    var mounted: [String: Mounted] = [:]
    for (path, endpoint) in endpoints {
      let name = path.hasSuffix("/") ? String(path.dropLast()) : path
      mounted[name] = Mounted(path: path, endpoint: endpoint)
      mounted[name + "/"] = Mounted(path: path, endpoint: endpoint)
    }
    self.endpoints = mounted
  }

  /// Whether requests to `path` belong here.
  func serves(_ path: String) -> Bool { endpoints[path] != nil }

  /// The session of this server with an id, if it was opened on the endpoint that `request` names.
  func session(_ id: String, for request: HTTPRequest) -> EngineConnection? {
    guard let session = sessions[id], session.handshake.path == endpoints[request.path]?.path
    else { return nil }
    return session
  }

  // MARK: Handshake

  func handshake(
    _ request: HTTPRequest, _ path: String, _ transport: EngineTransport
  ) -> Handshake {
    var headers = request.headers
    for name in Self.connectionHeaders { headers.remove(name: name) }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Handshake(
      path: path, uri: request.uri, headers: headers,
      remoteAddress: request.remoteAddress, secure: request.secure, transport: transport,
      time: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  /// The header that tells load balancers the session.
  func cookieHeaders(of connection: EngineConnection) -> HTTPHeaders {
    configuration.cookie.map { ["set-cookie": $0.header(sid: connection.id)] } ?? [:]
  }

  private static let connectionHeaders = [
    "connection", "upgrade", "sec-websocket-key", "sec-websocket-version",
    "sec-websocket-extensions",
  ]
}

extension EngineConnection {
  /// Runs `body` on the session's loop: at once when that is the current one.
  func onLoop(_ body: @escaping @Sendable (EngineConnection) -> Void) {
    if eventLoop.inEventLoop {
      body(self)
    } else {
      eventLoop.execute { body(self) }
    }
  }
}
