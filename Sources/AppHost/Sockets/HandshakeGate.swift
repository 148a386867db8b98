// The app that judges handshakes before there is a session: its script's allow_request(request).

import NIOCore
import NIOHTTP1
import Transport

/// Asks an app whether clients may connect.
struct HandshakeGate: Sendable {
  let app: String
  let directory: AppDirectory

  /// Called on the loop of the handshake's request. An app that does not run refuses everybody.
  func judge(_ handshake: Handshake, contexts: LoopContexts) -> Admission {
    guard let place = directory.place(ofApp: app),
      let context = contexts.all.first(where: { $0.eventLoop.inEventLoop })
    else { return .refused(Rejection(message: "\(app) is not running")) }
    let request = HTTPRequest(
      method: .GET, uri: handshake.uri, path: handshake.path, headers: handshake.headers,
      body: ByteBuffer(), remoteAddress: handshake.remoteAddress, secure: handshake.secure,
      eventLoop: context.eventLoop)
    let description = RequestDescription(request, path: handshake.path, parameters: [:])
    let exchange = RequestExchange(
      route: "allow_request", namespace: place.namespace, description: description.json,
      attachments: description.attachments, handshake: handshake, context: context,
      isolate: place.workers.isolate(on: context), maxBufferedBytes: 0)
    return .pending(exchange.begin().future.map { Self.verdict(of: $0) })
  }

  private static func verdict(of response: HTTPResponse) -> Rejection? {
    if response.status == .ok { return nil }
    guard response.status == .forbidden, case .bytes(let message) = response.body else {
      return Rejection()
    }
    return Rejection(message: String(buffer: message))
  }
}
