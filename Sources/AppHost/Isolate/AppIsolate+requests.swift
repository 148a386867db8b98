// HTTP requests for an app's routes: each has a seat while its handler runs and its stream lasts.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

extension AppIsolate {
  func request(_ exchange: RequestExchange) {
    guard let lua, let script = script(for: exchange.namespace) else {
      let message = "\(name) is not running; the server's log says why"
      return deliveries.append(
        .respond(exchange, .error("not_running", message, status: 503)), to: exchange.context)
    }
    let id = SocketID.make()
    exchange.handle = requests.seat(exchange, id: id)
    lua.open(
      socket: exchange.handle, namespace: exchange.namespace, script: script, id: id, session: 0)
    exchange.description.withUnsafeReadableBytes { description in
      lua.request(
        socket: exchange.handle, route: exchange.route, request: description,
        attachments: exchange.attachments.map { Array($0.readableBytesView) })
    }
  }

  func abandon(_ exchange: RequestExchange) {
    guard exchange.handle != 0, requests[exchange.handle] === exchange else { return }
    lua?.slice = nil
    lua?.abandon(socket: exchange.handle)
    updateSlice()
    leaveSeat(exchange)
  }

  func perform(_ command: LuaCommand, for exchange: RequestExchange) {
    switch command.kind {
    case .respond:
      var response = RouteResponse(command)
      if exchange.asksForPositions {
        response.positions = positions(told: response.body, in: exchange.namespace)
      }
      deliveries.append(.respond(exchange, response), to: exchange.context)
      if !response.isStreamed { leaveSeat(exchange) }
    case .stream:
      deliveries.append(
        .stream(exchange, ByteBuffer(bytes: command.body)), to: exchange.context)
    default:
      deliveries.append(
        .endStream(exchange, isComplete: !command.flag), to: exchange.context)
      leaveSeat(exchange)
    }
  }

  /// Where the channels stand whose models the answer to a page holds. Read in the same run in which
  /// the models were, so that what is published from now on is what the answer lacks.
  private func positions(told answer: ByteBuffer, in namespace: String) -> [String: Position] {
    let models = JSONFields(answer)?.raw("models").flatMap(JSONFields.elements) ?? []
    let channels = models.compactMap { JSONFields($0)?.string("channel") }
    return Dictionary(
      channels.map { ($0, position(of: $0, in: namespace)) }, uniquingKeysWith: { $1 })
  }

  /// Answers what waits when the state that would answer is gone.
  func failAllRequests() {
    for exchange in requests.occupants {
      let restarted = RouteResponse.error("restarted", "The app was restarted", status: 503)
      deliveries.append(.respond(exchange, restarted), to: exchange.context)
      deliveries.append(.endStream(exchange, isComplete: false), to: exchange.context)
      leaveSeat(exchange)
    }
  }

  private func leaveSeat(_ exchange: RequestExchange) {
    requests.remove(exchange.handle)
    exchange.handle = 0
  }
}

extension RouteResponse {
  /// What a script answered.
  init(_ command: LuaCommand) {
    let words = command.headers.map { String(decoding: $0, as: UTF8.self) }
    status = Int(command.number)
    headers = stride(from: 0, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1]) }
    body = ByteBuffer(bytes: command.body)
    isStreamed = command.flag
  }
}
