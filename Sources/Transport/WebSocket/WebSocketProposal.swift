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
  private let deflate: DeflateTerms?
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
    maxMessageSize = configuration.engine.maxPayload
    var response = response
    if let threshold = configuration.perMessageDeflateThreshold,
      let agreed = MessageDeflate(offers: request.headers["sec-websocket-extensions"])
    {
      response.headers.add(name: "sec-websocket-extensions", value: agreed.response)
      deflate = DeflateTerms(windowBits: agreed.windowBits, threshold: threshold)
    } else {
      deflate = nil
    }
    self.response = response
  }

  /// Makes it the WebSocket of `user`.
  ///
  /// - Parameters:
  ///   - headers: what the response says besides.
  ///   - onAdded: puts the user to work; called when the WebSocket can be written to, or never.
  func accepted(
    for user: any WebSocketUser, adding headers: HTTPHeaders = [:],
    onAdded: ((WebSocketHandler) -> Void)? = nil
  ) -> WebSocketUpgrade {
    var response = response
    response.headers.add(contentsOf: headers)
    let handler = WebSocketHandler(
      channel: channel, loop: loop, user: user, maxMessageSize: maxMessageSize, deflate: deflate,
      isPlain: isPlain, onAdded: onAdded)
    return WebSocketUpgrade(response: response, handler: handler)
  }
}
