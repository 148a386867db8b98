// The opening handshake of a WebSocket, the server's half (RFC 6455 section 4.2).

import NIOCore
import NIOHTTP1
import RealtimeProtocol

/// What a request for a WebSocket gets.
struct WebSocketUpgrade {
  /// Answered before the switch, when the handler is `nil` instead of it.
  var response: HTTPResponse
  /// What takes the channel over after a 101.
  let handler: (any UpgradedHandler)?

  /// The client has left before it got any of it.
  func discard() {
    handler?.discard()
    response.body.discard()
  }

  /// Whether `head` asks for this connection to become a WebSocket; HTTP/1.0 cannot.
  static func isAsked(by head: HTTPRequestHead) -> Bool {
    head.method == .GET && head.version != .http1_0
      && head.headers["upgrade"].contains { $0.lowercased() == "websocket" }
      && head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "upgrade" }
  }

  /// The 101 that answers a sound handshake, or the reason why it is not one.
  static func response(to headers: HTTPHeaders) -> HTTPResponse? {
    guard headers.first(name: "sec-websocket-version") == "13",
      let key = headers.first(name: "sec-websocket-key"),
      let accept = WebSocketAccept.value(forKey: key)
    else { return nil }
    return HTTPResponse(
      status: .switchingProtocols,
      headers: ["upgrade": "websocket", "connection": "Upgrade", "sec-websocket-accept": accept])
  }

  /// A refusal in plain text, as browsers' consoles show it.
  static func refused(
    _ message: String, status: HTTPResponseStatus = .badRequest
  ) -> WebSocketUpgrade {
    let response = HTTPResponse.text(message, status: status)
    return WebSocketUpgrade(response: response, handler: nil)
  }

  /// The answer to a handshake that is not one of RFC 6455 (its section 4.4).
  static var unsound: WebSocketUpgrade {
    var upgrade = refused(
      "A WebSocket handshake of version 13 is needed", status: .upgradeRequired)
    upgrade.response.headers.add(name: "sec-websocket-version", value: "13")
    return upgrade
  }
}
