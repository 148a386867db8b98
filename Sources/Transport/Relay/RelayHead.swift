// What a request says when another node is asked, and what of its answer concerns the client: all but the
// fields of one connection. The host and the origin stay as the client sent them, so that the other node
// judges them as this one did.

import NIOHTTP1

/// Heads of requests and responses on their way between nodes.
enum RelayHead {
  /// Marks a request that a node has passed on, with the client's address: it is not passed on again. Nothing
  /// is trusted on its account, so that it does not matter who else sends it.
  static let mark = "perigee-relayed-for"

  /// The head to send; nil for a request that could not be told from two on the wire.
  ///
  /// - Parameter isWebSocket: whether the client asks for a WebSocket, over whatever version of HTTP.
  static func request(_ request: HTTPRequest, isWebSocket: Bool) -> HTTPRequestHead? {
    guard FieldSyntax.isToken(request.method.rawValue),
      request.uri.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
    else { return nil }
    var headers = passed(request.headers, dropping: ["content-length", "expect"])
    headers.replaceOrAdd(name: "host", value: request.headers.first(name: "host") ?? "")
    headers.add(name: mark, value: request.remoteAddress)
    if isWebSocket {
      headers.add(name: "connection", value: "Upgrade")
      headers.add(name: "upgrade", value: "websocket")
      // Over HTTP/2 there is none; the answer to this one is not looked at.
      if !headers.contains(name: "sec-websocket-key") {
        headers.add(name: "sec-websocket-key", value: "cGVyaWdlZS1yZWxheXMtaQ==")
      }
    } else if request.method == .POST || request.body.readableBytes > 0 {
      headers.add(name: "content-length", value: "\(request.body.readableBytes)")
    }
    return HTTPRequestHead(
      version: .http1_1, method: request.method, uri: request.uri, headers: headers)
  }

  /// The response to give the client; whether foreign pages may read it is said by this node.
  static func response(_ head: HTTPResponseHead) -> HTTPResponse {
    let headers = passed(head.headers, dropping: ["content-length"])
    return HTTPResponse(
      status: head.status, headers: HTTPHeaders(headers.filter { !isCrossOrigin($0.name) }))
  }

  /// What an accepted handshake says besides what this node answers itself.
  static func handshake(_ headers: HTTPHeaders) -> HTTPHeaders {
    passed(headers, dropping: ["sec-websocket-accept"])
  }

  private static func passed(_ headers: HTTPHeaders, dropping others: Set<String>) -> HTTPHeaders {
    let named = Set(headers[canonicalForm: "connection"].map { $0.lowercased() })
    return HTTPHeaders(
      headers.filter { name, _ in
        let name = name.lowercased()
        return FieldSyntax.isToken(name) && !connectionFields.contains(name)
          && !named.contains(name) && !others.contains(name)
      }
      .map { ($0.name, FieldSyntax.harmless($0.value)) })
  }

  private static func isCrossOrigin(_ name: String) -> Bool {
    name.lowercased().hasPrefix("access-control-")
  }

  /// Fields that concern one connection (RFC 9110 section 7.6.1).
  private static let connectionFields: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    "http2-settings",
  ]
}
