// Which requests are for apps: their routes first, then the plain wires of their namespaces. What is
// neither is for the pages.

import NIOCore
import NIOHTTP1
import RealtimeProtocol
import Transport

/// Answers HTTP requests that apps answer.
struct AppRouter: Sendable {
  let directory: AppDirectory
  let contexts: LoopContexts
  let services: PlainServices
  /// Which foreign origins may use the plain wires; nil for none.
  let crossOrigin: CrossOriginPolicy?

  /// Who answers a request, and what its path is below the namespace.
  private struct Target {
    let place: AppDirectory.Place
    let namespace: String
    let rest: String
  }

  /// Answers a request; nil if it is not for an app.
  func respond(to request: HTTPRequest, host: String?) -> PendingResponse? {
    for target in targets(of: request.path, host: host) {
      switch target.place.routes.match(method: request.method.rawValue, path: target.rest) {
      case .route(let key, let parameters):
        return run(key, parameters, target, request)
      case .otherMethods(let methods) where !isForPages(request):
        return refuse(methods, request)
      case .otherMethods, .none: break
      }
      if let wire = PlainWire(path: target.rest) { return serve(wire, target, request) }
    }
    return nil
  }

  /// Decides about a request for a WebSocket, whose origin the transport has judged; nil if it is not
  /// for an app.
  func openWebSocket(for request: HTTPRequest, host: String?) -> WebSocketAnswer? {
    guard
      let target = targets(of: request.path, host: host).first(where: {
        PlainWire(path: $0.rest) == .websocket
      })
    else { return nil }
    guard let client = client(target, request, .websocket) else { return nil }
    guard client.channels.count <= ChannelQuery.maxCount else {
      return .refuse(WireError.tooManyChannels.response)
    }
    return PlainWebSocketSession.answer(client, services: services)
  }

  // MARK: Who it is for

  /// The namespaces that the beginning of a path may name, longest first.
  private func targets(of path: String, host: String?) -> [Target] {
    let segments = path.split(separator: "/")
    let wireNamespace = segments.dropLast().map { "/" + $0 }.joined()
    var names = [2, 1].filter { $0 <= segments.count }.map { count in
      segments.prefix(count).map { "/" + $0 }.joined()
    }
    if segments.count > 1, !names.contains(wireNamespace) { names.insert(wireNamespace, at: 0) }
    // Where slashes stand doubled, the path does not begin with the name of what it may mean.
    return names.filter(path.hasPrefix).compactMap { name in
      guard let place = directory.place(of: name, host: host) else { return nil }
      return Target(place: place, namespace: name, rest: String(path.dropFirst(name.count)))
    }
  }

  private func client(
    _ target: Target, _ request: HTTPRequest, _ transport: EngineTransport = .polling
  ) -> PlainClient? {
    guard let context = contexts.context(of: request.eventLoop) else { return nil }
    return PlainClient(
      place: target.place, namespace: target.namespace, request: request, context: context,
      transport: transport)
  }

  // MARK: Routes

  private func run(
    _ key: String, _ parameters: [String: String], _ target: Target, _ request: HTTPRequest
  ) -> PendingResponse? {
    guard let context = contexts.context(of: request.eventLoop) else { return nil }
    let description = RequestDescription(request, path: target.rest, parameters: parameters)
    let exchange = RequestExchange(
      route: key, namespace: target.namespace, description: description.json,
      attachments: description.attachments, handshake: Handshake(request, transport: .polling),
      context: context, isolate: target.place.workers.isolate(on: context),
      maxBufferedBytes: services.maxBufferedBytes)
    return exchange.begin()
  }

  /// A page may lie where a route answers other methods.
  private func isForPages(_ request: HTTPRequest) -> Bool {
    request.method == .GET || request.method == .HEAD
  }

  private func refuse(_ methods: [String], _ request: HTTPRequest) -> PendingResponse {
    let allowed = methods.joined(separator: ", ")
    var response = HTTPResponse(status: .noContent)
    if request.method != .OPTIONS {
      let message = "Only \(allowed) here"
      response = WireError(status: 405, name: "method_not_allowed", message: message).response
    }
    response.headers.add(name: "allow", value: allowed)
    return PendingResponse(future: request.eventLoop.makeSucceededFuture(response))
  }

  // MARK: Wires

  private func serve(
    _ wire: PlainWire, _ target: Target, _ request: HTTPRequest
  ) -> PendingResponse? {
    if request.method == .OPTIONS, let crossOrigin {
      return now(crossOrigin.preflightResponse(to: request.headers), request)
    }
    guard wire.methods.contains(request.method) else {
      return readable(refuse(wire.methods.map(\.rawValue), request), request)
    }
    guard let client = client(target, request) else { return nil }
    guard client.channels.count <= ChannelQuery.maxCount else {
      return now(WireError.tooManyChannels.response, request)
    }
    switch wire {
    case .events where request.method == .HEAD:
      return now(HTTPResponse(status: .ok, headers: ["content-type": "text/event-stream"]), request)
    case .events: return readable(EventStreamSession.serve(client, services: services), request)
    case .poll: return readable(PollSession.serve(client, services: services), request)
    case .publish: return readable(PublishRequest.serve(client), request)
    case .emit:
      guard OriginRule(policy: crossOrigin).admits(request) else {
        return now(WireError.foreignOrigin.response, request)
      }
      return readable(EmitRequest.serve(client, services: services), request)
    case .websocket:
      var response = WireError(
        status: 426, name: "upgrade_required", message: "This is the address of a WebSocket"
      ).response
      response.headers.add(name: "upgrade", value: "websocket")
      return now(response, request)
    }
  }

  private func now(_ response: HTTPResponse, _ request: HTTPRequest) -> PendingResponse {
    readable(PendingResponse(future: request.eventLoop.makeSucceededFuture(response)), request)
  }

  /// Lets pages of permitted origins read the response.
  private func readable(_ pending: PendingResponse, _ request: HTTPRequest) -> PendingResponse {
    guard let crossOrigin else { return pending }
    let headers = crossOrigin.headers(for: request.headers)
    let future = pending.future.map { response in
      var response = response
      response.headers.add(contentsOf: headers)
      return response
    }
    return PendingResponse(future: future, abandon: pending.abandon)
  }
}

extension WireError {
  fileprivate static let tooManyChannels = WireError(
    status: 400, name: "too_many_channels",
    message: "A request may name at most \(ChannelQuery.maxCount) channels")
}

/// The paths of the plain wires, below a namespace.
enum PlainWire: String {
  case events, poll, websocket, publish, emit

  init?(path: String) {
    guard path.hasPrefix("/") else { return nil }
    self.init(rawValue: String(path.dropFirst()))
  }

  var methods: [HTTPMethod] {
    switch self {
    case .events: [.GET, .HEAD]
    case .poll, .websocket: [.GET]
    case .publish, .emit: [.POST]
    }
  }
}
