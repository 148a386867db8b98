import Foundation
import NIOCore
import NIOHTTP1
import RealtimeProtocol
import Transport

/// A request on a plain wire, and whom it is for.
struct PlainClient: Sendable {
  let place: AppDirectory.Place
  /// One that `place` serves: its own, or one that matches a pattern.
  let namespace: String
  let request: HTTPRequest
  let handshake: Handshake
  let context: LoopContext
  let query: [(String, String)]

  init(
    place: AppDirectory.Place, namespace: String, request: HTTPRequest, context: LoopContext,
    transport: EngineTransport = .polling
  ) {
    self.place = place
    self.namespace = namespace
    self.request = request
    self.context = context
    query = request.query
    handshake = Handshake(request, transport: transport)
  }

  /// What `on_connect` gets: the JSON of the query's `auth`.
  var auth: ByteBuffer? {
    query.first { $0.0 == "auth" }.flatMap { JSONFields.compacted(ByteBuffer(string: $0.1)) }
  }

  /// The channels that it asks for.
  var channels: [ChannelQuery] {
    let lastEventID = request.headers.first(name: "last-event-id")
    return ChannelQuery.all(in: query, lastEventID: lastEventID)
  }
}

extension Handshake {
  /// The request of a client on a plain wire.
  convenience init(_ request: HTTPRequest, transport: EngineTransport) {
    self.init(
      path: request.path, uri: request.uri, headers: request.headers,
      remoteAddress: request.remoteAddress, secure: request.secure, transport: transport,
      time: Int64(Date().timeIntervalSince1970 * 1_000))
  }
}
