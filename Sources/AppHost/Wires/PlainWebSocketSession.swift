// GET /NAME/websocket: the same frames on a WebSocket, in both directions. A client that is turned
// away is told so on the WebSocket, because a browser's script sees no HTTP status.

import NIOCore
import NIOHTTP1
import RealtimeProtocol
import Transport

/// One plain WebSocket.
// @unchecked: mutable state is touched on `context.eventLoop` only.
final class PlainWebSocketSession: PlainSession, WebSocketReceiver, @unchecked Sendable {
  static let subprotocol = "perigee.v1"
  /// What keeping a frame takes besides its text.
  private static let earlyFrameBytes = 200

  private let wire: WebSocketConnection
  private let wanted: [ChannelQuery]
  /// Frames that came before the app had let the client in; nil from then on.
  private var early: [ByteBuffer]? = []
  private var earlyBytes = 0

  private init(_ client: PlainClient, wire: WebSocketConnection, services: PlainServices) {
    self.wire = wire
    wanted = client.channels
    super.init(client, services: services)
  }

  /// Answers a request for a WebSocket.
  static func answer(_ client: PlainClient, services: PlainServices) -> WebSocketAnswer {
    let offered = client.request.headers[canonicalForm: "sec-websocket-protocol"]
    guard offered.isEmpty || offered.contains(where: { $0 == subprotocol }) else {
      return .refuse(
        WireError(
          status: 400, name: "subprotocol", message: "The subprotocol here is \(subprotocol)"
        ).response)
    }
    return .accept(subprotocol: offered.isEmpty ? nil : subprotocol) { wire in
      let session = PlainWebSocketSession(client, wire: wire, services: services)
      session.connect(auth: client.auth)
      return session
    }
  }

  // MARK: To the client

  override func opened(_ acceptance: Acceptance) {
    wire.send(text: hello(acceptance.id))
    for query in wanted { dispatch(ByteBuffer(string: query.event)) }
    for frame in early.take() ?? [] { received(text: frame) }
  }

  override func refused(_ error: WireError) {
    wire.send(text: ByteBuffer(string: #"{"refused":\#(error.json)}"#))
  }

  override func subscribed(_ socket: Socket, _ subscription: Subscription) {
    wire.send(text: PlainFrame.subscribed(subscription))
    for packet in subscription.missed {
      var forms = OutboundForms(packet)
      write(&forms)
    }
  }

  override func write(_ forms: inout OutboundForms) {
    if forms.packet.isVolatile && !wire.isReady || keepsBack(forms.packet) { return }
    wire.send(frame: forms.webSocketFrame())
  }

  override var takesNewest: Bool { wire.isReady }

  override func sendNewest(_ packet: Outbound, to socket: Socket) {
    var forms = OutboundForms(packet)
    wire.send(frame: forms.webSocketFrame())
  }

  override func hasRoom(for bytes: Int) -> Bool { wire.hasRoom(for: bytes) }

  override func cutOff() { wire.cutOff() }

  override func ended(_ reason: CloseReason) { wire.close(reason) }

  // MARK: From the client

  func received(text: ByteBuffer) {
    if early != nil { return keep(text) }
    guard let fields = JSONFields(text) else { return violated("a frame is a JSON object") }
    if let name = fields.raw("subscribe") {
      subscribe(name, fields)
    } else if let name = fields.raw("unsubscribe") {
      unsubscribe(name)
    } else if let name = fields.raw("emit") {
      guard let event = Self.event(name, fields.raw("args")) else {
        return violated("args is an array")
      }
      dispatch(event, ack: fields.integer("id").flatMap { $0 >= 0 ? $0 : nil })
    } else if let id = fields.integer("ack") {
      acknowledge(id, fields.raw("args") ?? ByteBuffer(string: "[]"))
    } else {
      violated("a frame has one of subscribe, unsubscribe, emit, ack")
    }
  }

  /// Browsers let a page send as soon as the WebSocket is open, whatever `on_connect` waits for.
  private func keep(_ text: ByteBuffer) {
    earlyBytes += text.readableBytes + Self.earlyFrameBytes
    guard earlyBytes <= services.maxBufferedBytes else { return violated("wait for the hello") }
    // A copy, because the frame is a slice of all that was read with it.
    early?.append(ByteBuffer(bytes: text.readableBytesView))
  }

  func received(binary: ByteBuffer) { violated("frames are text") }

  func receivedAll() { context.handOver() }

  func closed(_ reason: CloseReason) { end(reason) }

  private func subscribe(_ name: ByteBuffer, _ fields: JSONFields) {
    let position = fields.raw("position").map { String(buffer: $0) } ?? #""""#
    let place = #"{"channel":\#(String(buffer: name)),"position":\#(position)}"#
    guard let event = Self.event(ByteBuffer(string: #""subscribe",\#(place)"#), fields.raw("args"))
    else {
      return violated("args is an array")
    }
    dispatch(event)
  }

  private func unsubscribe(_ name: ByteBuffer) {
    let words = ByteBuffer(string: #""unsubscribe",\#(String(buffer: name))"#)
    guard let event = Self.event(words, nil) else { return }
    dispatch(event) { [weak self] answer in
      switch answer {
      case .success:
        self?.wire.send(
          text: ByteBuffer(string: #"{"unsubscribed":{"name":\#(String(buffer: name))}}"#))
      case .failure(let error):
        self?.wire.send(text: ByteBuffer(string: PlainFrame.error(error)))
      }
    }
  }

  private func violated(_ message: String) {
    wire.close(.parseError, message: message)
    end(.parseError)
  }
}

extension PlainSession {
  /// The JSON array of an event: its name as JSON text, then the elements of the array `arguments`.
  static func event(_ name: ByteBuffer, _ arguments: ByteBuffer?) -> ByteBuffer? {
    var event = ByteBuffer(string: "[")
    event.writeImmutableBuffer(name)
    if let arguments {
      guard let elements = JSONFields.elements(arguments) else { return nil }
      for element in elements {
        event.writeStaticString(",")
        event.writeImmutableBuffer(element)
      }
    }
    event.writeStaticString("]")
    return event
  }
}
