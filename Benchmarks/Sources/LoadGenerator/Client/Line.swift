// The sending side of one connection: packets are framed into one buffer, which leaves in one write.
// Owned by `ClientHandler`, used by roles on the connection's event loop, and nowhere else.

import NIOCore

final class Line {
  /// When the bytes being handled arrived; outside of a read, when the last ones did.
  private(set) var now = NIODeadline.now()

  private let target: Target
  private let encoder: FrameEncoder
  private var context: ChannelHandlerContext?
  private var outbox = ByteBuffer()
  private var packet = ByteBuffer()
  private var isFlushComing = false

  init(target: Target) {
    self.target = target
    self.encoder = FrameEncoder(key: .random(in: .min ... .max))
  }

  // MARK: What a role may do

  /// Sends an event; asks for an ack when `id` is given.
  func emit(_ template: MessageTemplate, _ token: Token, id: Int? = nil) {
    begin(kind: .event, id: id)
    template.write(token, into: &packet)
    encoder.write(.text, packet, into: &outbox)
    flushSoon()
  }

  /// Leaves the namespace and ends the WebSocket politely.
  func leave() {
    begin(kind: .disconnect)
    encoder.write(.text, packet, into: &outbox)
    encoder.write(.close, ByteBuffer(bytes: [0x03, 0xE8]), into: &outbox)
    flushSoon()
  }

  /// Drops the connection.
  func close() {
    context?.close(promise: nil)
  }

  // MARK: What the handler does

  func attach(_ context: ChannelHandlerContext) {
    self.context = context
    outbox.writeImmutableBuffer(target.upgradeRequest)
    flush()
  }

  func detach() {
    context = nil
  }

  /// From here to `endRead`, everything that is sent waits for the one write at the end.
  func beginRead() {
    now = .now()
    isFlushComing = true
  }

  func endRead() {
    isFlushComing = false
    flush()
  }

  func askForNamespace() {
    begin(kind: .connect)
    packet.writeImmutableBuffer(target.auth)
    encoder.write(.text, packet, into: &outbox)
  }

  func answerPing() {
    packet.clear()
    packet.writeStaticString("3")
    encoder.write(.text, packet, into: &outbox)
  }

  func answerFramePing(_ payload: ByteBuffer) {
    encoder.write(.pong, payload, into: &outbox)
  }

  private func begin(kind: SocketPacket.Kind, id: Int? = nil) {
    packet.clear()
    packet.writeStaticString("4")
    packet.writeInteger(kind.rawValue)
    packet.writeImmutableBuffer(target.prefix)
    if let id { packet.writeDecimal(id) }
  }

  /// Writes once at the end of the loop's turn, unless a read is going to.
  private func flushSoon() {
    guard !isFlushComing, let context else { return }
    isFlushComing = true
    context.eventLoop.assumeIsolated().execute {
      self.isFlushComing = false
      self.flush()
    }
  }

  private func flush() {
    guard outbox.readableBytes > 0, let context else { return }
    context.writeAndFlush(NIOAny(outbox), promise: nil)
    outbox.clear()
  }
}
