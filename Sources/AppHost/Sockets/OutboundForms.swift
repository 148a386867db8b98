// One packet in the forms in which different wires carry it. A fan-out makes each form at most once
// a loop, when the first member needs it.

import NIOCore
import RealtimeProtocol

/// A packet on its way to the members of a topic on one event loop.
struct OutboundForms {
  let packet: Outbound
  private var withPosition: Outbound?
  private var plain: ByteBuffer?
  private var plainOnWebSocket: ByteBuffer?
  private var plainEvent: ByteBuffer?

  init(_ packet: Outbound) { self.packet = packet }

  /// With its position, for Socket.IO clients that asked for positions.
  mutating func positioned(_ publication: Publication) -> Outbound {
    if let withPosition { return withPosition }
    let made = packet.positioned(publication)
    withPosition = made
    return made
  }

  /// The JSON object of the plain wires.
  mutating func frame() -> ByteBuffer {
    if let plain { return plain }
    let made = PlainFrame.of(packet)
    plain = made
    return made
  }

  /// ``frame()`` as a whole unmasked WebSocket frame.
  mutating func webSocketFrame() -> ByteBuffer {
    if let plainOnWebSocket { return plainOnWebSocket }
    let text = frame()
    var made = ByteBuffer()
    made.reserveCapacity(text.readableBytes + 10)
    WebSocketFrameHeader.write(.text, payloadLength: text.readableBytes, into: &made)
    made.writeImmutableBuffer(text)
    plainOnWebSocket = made
    return made
  }

  /// A publication as a server-sent event for clients of this channel alone.
  mutating func event(of publication: Publication) -> ByteBuffer {
    if let plainEvent { return plainEvent }
    let made = ServerSentEvent.of(frame(), id: publication.position.description)
    plainEvent = made
    return made
  }
}
