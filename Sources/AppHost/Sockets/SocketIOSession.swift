// One client's connection as Socket.IO sees it: the namespaces it has joined and the packets that
// pass. Isolated to the connection's event loop. Knows no Lua: events go to the isolate of the
// namespace's app, in batches, and come back as deliveries.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol
import Transport

/// The user of one Engine.IO session.
// @unchecked: mutable state is touched on `context.eventLoop` only.
final class SocketIOSession: SocketSession, EngineReceiver, @unchecked Sendable {
  let connection: EngineConnection
  let endpoint: SocketIOEndpoint
  private var decoder: SocketPacketDecoder
  /// Few clients join more than a handful, so that a search beats hashing.
  var sockets = ShortList<Socket>()
  /// Namespaces that the server has ended, whose clients may not know it yet: the latest ones.
  var departed: [String] = []
  private static let mostDeparted = 1_000
  private var connectTimeout: Scheduled<Void>?

  init(
    number: UInt64, connection: EngineConnection, endpoint: SocketIOEndpoint, context: LoopContext
  ) {
    self.connection = connection
    self.endpoint = endpoint
    decoder = SocketPacketDecoder(maxAttachments: endpoint.services.maxAttachments)
    super.init(number: number, context: context, handshake: connection.handshake)
    // Cancelled when the client is let in, and when the connection ends: it holds nothing for long.
    connectTimeout = context.eventLoop.scheduleTask(in: endpoint.services.connectTimeout) {
      self.close(.forcedClose)
    }
  }

  // MARK: Engine.IO

  func received(_ message: EngineMessage) {
    do throws(ProtocolError) {
      guard let packet = try decoder.decode(message) else { return }
      receive(packet)
    } catch {
      close(.parseError)
    }
  }

  func receivedAll() { context.handOver() }

  static var takesRuns: Bool { true }

  /// Events for one namespace, which are nearly all that clients send, go on together.
  func received(_ run: TextRun) {
    var index = 0
    while index < run.count {
      var events = EventRun(in: run.bytes)
      if let socket = gather(&events, of: run, from: index) {
        index += events.count
        context.enqueue(.events(socket, events), for: socket.isolate)
      } else {
        received(.text(run[index]))
        guard connection.isReceiving else { return }
        index += 1
      }
    }
  }

  /// Takes the events from `start` on that have no attachments and are for the same namespace.
  /// - Returns: the socket that they are for; nil if there is none.
  private func gather(_ events: inout EventRun, of run: TextRun, from start: Int) -> Socket? {
    run.bytes.withUnsafeReadableBytes { bytes in
      var receiver: Socket?
      for index in start..<run.count {
        let range = run.range(at: index)
        let text = UnsafeRawBufferPointer(rebasing: bytes[range])
        guard let event = decoder.plainEvent(in: text) else { break }
        let namespace = text[event.namespace]
        if let receiver {
          guard receiver.isOf(namespace) else { break }
        } else {
          receiver = sockets.first { $0.isOf(namespace) && $0.state == .connected }
          guard receiver != nil else { break }
        }
        events.append(range.lowerBound + event.payload..<range.upperBound, ack: event.id)
      }
      return receiver
    }
  }

  func closed(_ reason: CloseReason) {
    connectTimeout?.cancel()
    connectTimeout = nil
    let leaving = sockets
    sockets = ShortList()
    for socket in leaving { depart(socket, reason) }
    context.handOver()
  }

  // MARK: What the app wants

  /// What a client has missed goes before the CONNECT reply, as the official server sends it.
  override func accept(_ socket: Socket, _ acceptance: Acceptance) -> Bool {
    guard socket.state == .connecting else { return false }
    connectTimeout?.cancel()
    connectTimeout = nil
    socket.state = .connected
    for packet in acceptance.missed { write(packet, for: socket) }
    write(Outbound(acceptance, in: socket.namespace))
    return true
  }

  override func refuse(_ socket: Socket, _ refusal: Outbound) {
    guard socket.state == .connecting else { return }
    socket.state = .closed
    remove(socket)
    write(refusal)
  }

  /// Ends the membership of the namespace; the connection and its other namespaces stay.
  override func disconnect(_ socket: Socket) {
    guard socket.state != .closed else { return }
    let wasConnected = socket.state == .connected
    sendKept(of: socket)
    remove(socket)
    if departed.count >= Self.mostDeparted { departed.removeFirst() }
    departed.append(socket.namespace)
    if wasConnected { write(Outbound(disconnecting: socket.namespace)) }
    depart(socket, .serverNamespaceDisconnect)
    context.handOver()
  }

  override func close(_ reason: CloseReason) {
    sendAllKept()
    connection.close(reason)
  }

  override func send(_ forms: inout OutboundForms, to socket: Socket) {
    write(forms.packet, for: socket)
  }

  override func publish(_ forms: inout OutboundForms, to socket: Socket) {
    guard let publication = forms.packet.publication else { return }
    write(forms.positioned(publication), for: socket)
  }

  /// What stands before a payload, about.
  private static let headRoom = 64
  /// The most bytes that are admitted or refused together.
  private static let smallBurst = 64 << 10

  override func send(_ packets: LuaPackets, to socket: Socket) -> Bool {
    guard socket.lastOffset == nil else { return false }
    guard socket.state == .connected else { return true }
    let size = packets.byteCount + packets.count * Self.headRoom
    guard size <= Self.smallBurst else { return false }
    connection.send(framesOf: size) { buffer in
      SocketPacketEncoder.writeFrames(
        packets.count, payloads: packets.byteCount, namespace: socket.namespace, into: &buffer
      ) { index in
        .init(
          type: packets.isAck(at: index) ? .ack : .event, id: packets.id(at: index),
          payload: packets.body(at: index))
      }
    }
    return true
  }

  override func send(_ batch: inout OutboundBatch, to socket: Socket) {
    guard let frames = frames(of: &batch, for: socket, withPositions: false) else {
      return super.send(&batch, to: socket)
    }
    write(frames, of: batch, to: socket)
  }

  override func publish(_ batch: inout OutboundBatch, to socket: Socket) {
    guard let frames = frames(of: &batch, for: socket, withPositions: true) else {
      return super.publish(&batch, to: socket)
    }
    write(frames, of: batch, to: socket)
  }

  private func frames(
    of batch: inout OutboundBatch, for socket: Socket, withPositions: Bool
  ) -> ByteBuffer? {
    batch.frames(
      isNumbered: socket.lastOffset != nil, withPositions: withPositions,
      isReady: connection.transport == .websocket && connection.isReady && kept == nil)
  }

  private func write(_ frames: ByteBuffer, of batch: OutboundBatch, to socket: Socket) {
    if let offset = batch.lastOffset { socket.lastOffset = offset }
    connection.send(frames: frames)
  }

  override func subscribed(_ socket: Socket, _ subscription: Subscription) {
    if let id = subscription.ack {
      write(Outbound(ack: id, in: socket.namespace, json: "[\(subscription.json)]"))
    }
    for packet in subscription.missed { write(packet, for: socket) }
  }

  override var isRecoverable: Bool { true }

  override var takesNewest: Bool { connection.takesNewest }

  /// What has been sent since it was kept has moved the client's offset on.
  override func sendNewest(_ packet: Outbound, to socket: Socket) {
    if let offset = socket.lastOffset, packet.offset != offset {
      write(packet.numbered(offset))
    } else {
      write(packet)
    }
  }

  override func hasRoom(for bytes: Int) -> Bool { connection.hasRoom(for: bytes) }

  override func cutOff() { connection.cutOff() }

  /// Queues a packet. A client that has an offset must not take another string for one: the host's
  /// own events repeat it.
  private func write(_ packet: Outbound, for socket: Socket) {
    if packet.isVolatile && !connection.isReady || keepsBack(packet, for: socket) { return }
    if let offset = packet.offset {
      socket.lastOffset = offset
    } else if let offset = socket.lastOffset, packet.takesOffset {
      return write(packet.numbered(offset))
    }
    write(packet)
  }

  /// Queues a packet as it is.
  func write(_ packet: Outbound) {
    connection.send(packet.text)
    for attachment in packet.attachments { connection.send(attachment) }
  }

  /// Forgets that the client is in the socket's namespace.
  func remove(_ socket: Socket) {
    guard let index = sockets.firstIndex(where: { $0 === socket }) else { return }
    sockets.remove(at: index)
  }
}
