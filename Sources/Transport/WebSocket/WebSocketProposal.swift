// A handshake that is sound, before anybody has decided about it: whoever accepts names the
// WebSocket's user, and the rest follows from the request.

import NIOCore
import NIOHTTP1
import RealtimeProtocol

/// A request that may become a WebSocket. Isolated to `loop`.
struct WebSocketProposal: Sendable {
  let channel: any Channel
  let loop: ServerLoop
  private let response: HTTPResponse
  private let maxMessageSize: Int
  /// What is agreed about compression, and how that is told.
  private let deflate: (terms: DeflateTerms, header: String)?
  private let isPlain: Bool

  /// - Parameters:
  ///   - response: what the handshake is answered with, whatever version of HTTP it came over.
  init(
    accepting response: HTTPResponse, request: HTTPRequest, on channel: any Channel,
    loop: ServerLoop, _ configuration: ServerConfiguration
  ) {
    self.channel = channel
    isPlain = !request.secure
    self.loop = loop
    self.response = response
    maxMessageSize = configuration.engine.maxPayload
    if let threshold = configuration.perMessageDeflateThreshold,
      let agreed = MessageDeflate(offers: request.headers["sec-websocket-extensions"])
    {
      deflate = (DeflateTerms(windowBits: agreed.windowBits, threshold: threshold), agreed.response)
    } else {
      deflate = nil
    }
  }

  /// The WebSocket of `user`, which ``accepted(_:adding:)`` puts in its place.
  ///
  /// - Parameter onAdded: puts the user to work; called when the WebSocket can be written to, or never.
  func makeHandler(
    for user: any WebSocketUser, onAdded: ((WebSocketHandler) -> Void)? = nil
  ) -> WebSocketHandler {
    WebSocketHandler(
      channel: channel, loop: loop, user: user, maxMessageSize: maxMessageSize,
      deflate: deflate?.terms, isPlain: isPlain, onAdded: onAdded)
  }

  /// Makes it a WebSocket of this server.
  ///
  /// - Parameter headers: what the response says besides.
  func accepted(_ handler: WebSocketHandler, adding headers: HTTPHeaders = [:]) -> WebSocketUpgrade
  {
    var response = response
    if let deflate {
      response.headers.add(name: "sec-websocket-extensions", value: deflate.header)
    }
    response.headers.add(contentsOf: headers)
    return WebSocketUpgrade(response: response, handler: handler)
  }

  /// Makes it one end of another node's WebSocket.
  ///
  /// - Parameter headers: what that node's response says.
  func relayed(_ handler: SpliceHandler, saying headers: HTTPHeaders) -> WebSocketUpgrade {
    var response = response
    response.headers.add(contentsOf: headers)
    return WebSocketUpgrade(response: response, handler: handler)
  }
}
