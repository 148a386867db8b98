// A client on a plain wire: SSE, long-polling, WebSocket without Socket.IO, or a single request. To
// the app it is a socket like any other, which says so by the same events that a Socket.IO client
// sends; so authorization is the same everywhere. Subclasses know what goes over the wire.

import NIOCore
import RealtimeProtocol
import Transport

/// What the sessions of all plain wires share.
struct PlainServices: Sendable {
  let keys: PlainKeys
  let connectTimeout: TimeAmount
  let answerTimeout: TimeAmount
  let retry: Int
  let maxPollTimeout: TimeAmount
  let maxBufferedBytes: Int
  /// The way to other nodes' clients; nil for a host that is alone.
  let relay: Relay?

  /// A secret by which requests speak for a client of this node.
  func makeKey() -> String { relay?.makeID() ?? SocketID.make() }
}

/// One client with one socket. Isolated to `context.eventLoop`.
// @unchecked: mutable state is touched on `context.eventLoop` only.
class PlainSession: SocketSession, @unchecked Sendable {
  typealias Answer = (Result<Outbound, WireError>) -> Void

  /// Above all that clients may choose for themselves.
  private static let firstOwnAck = 1 << 48

  let place: AppDirectory.Place
  /// The worker that serves this loop's clients.
  private let isolate: AppIsolate
  let namespace: String
  let services: PlainServices
  /// The secret by which requests speak for this client.
  let key: String
  private(set) var socket: Socket?
  private var connectTimeout: Scheduled<Void>?
  private var answers: [Int: Answer] = [:]
  private var nextAck = PlainSession.firstOwnAck

  init(_ client: PlainClient, services: PlainServices) {
    place = client.place
    isolate = client.place.workers.isolate(on: client.context)
    namespace = client.namespace
    self.services = services
    key = services.makeKey()
    super.init(
      number: SocketIOEndpoint.nextNumber(), context: client.context, handshake: client.handshake)
  }

  // MARK: For subclasses to answer

  /// The app has let the client in.
  func opened(_ acceptance: Acceptance) {}
  /// The app, or the host, has turned the client away.
  func refused(_ error: WireError) {}
  /// Something for the client: an event or a publication.
  func write(_ forms: inout OutboundForms) {}
  /// The session has ended; the wire is to be closed.
  func ended(_ reason: CloseReason) {}

  /// The host is about to stop, and waits for responses to end.
  func quiesce() {}

  // MARK: For subclasses to call

  /// Asks the app to let the client in.
  func connect(auth: ByteBuffer?) {
    let socket = Socket(namespace: namespace, isolate: isolate, session: self)
    self.socket = socket
    connectTimeout = context.eventLoop.scheduleTask(in: services.connectTimeout) { [weak self] in
      self?.refuse(
        WireError(status: 503, name: "connect_timeout", message: "The app did not answer in time"))
    }
    hand(.connect(socket, auth: auth))
  }

  /// The frame that tells the client who it is, and how requests may speak for it.
  func hello(_ id: String) -> ByteBuffer {
    PlainFrame.hello(id: id, key: key, namespace: namespace)
  }

  /// Sends the app an event.
  /// - Parameter ack: the client's own number for it, which the app's answer will have.
  func dispatch(_ event: ByteBuffer, ack: Int? = nil) {
    guard let socket, socket.state == .connected else { return }
    hand(.event(socket, payload: event, attachments: [], ack: ack))
  }

  /// Sends the app an event whose answer is for the session itself.
  func dispatch(_ event: ByteBuffer, _ answer: @escaping Answer) {
    let ack = nextAck
    nextAck += 1
    answers[ack] = answer
    dispatch(event, ack: ack)
  }

  /// Keeps a packet that has a key, if the client cannot take it now.
  /// - Returns: false if it is to be sent.
  func keepsBack(_ packet: Outbound) -> Bool {
    socket.map { keepsBack(packet, for: $0) } ?? false
  }

  /// Passes the client's answer to an event on.
  func acknowledge(_ id: Int, _ arguments: ByteBuffer) {
    guard let socket, socket.state == .connected else { return }
    hand(.acknowledge(socket, id: id, payload: arguments, attachments: []))
  }

  /// Ends the session: the app is told, then the wire.
  func end(_ reason: CloseReason) {
    guard let socket = socket.take() else { return }
    connectTimeout?.cancel()
    services.keys[key] = nil
    depart(socket, reason)
    context.handOver()
    let waiting = answers.values
    answers = [:]
    for answer in waiting { answer(.failure(.ended(reason))) }
    ended(reason)
  }

  private func hand(_ event: IsolateEvent) {
    context.enqueue(event, for: isolate)
    context.handOver()
  }

  private func refuse(_ error: WireError) {
    refused(error)
    end(.forcedServerClose)
  }

  // MARK: What the app wants

  override func accept(_ socket: Socket, _ acceptance: Acceptance) -> Bool {
    guard socket.state == .connecting else { return false }
    connectTimeout?.cancel()
    connectTimeout = nil
    socket.state = .connected
    services.keys[key] = self
    opened(acceptance)
    return socket.state == .connected
  }

  override func refuse(_ socket: Socket, _ refusal: Outbound) {
    guard socket.state == .connecting else { return }
    socket.state = .closed
    refuse(.refused(refusal))
  }

  override func send(_ forms: inout OutboundForms, to socket: Socket) {
    let packet = forms.packet
    if let id = packet.answers ?? (packet.isAck ? packet.id : nil),
      let answer = answers.removeValue(forKey: id)
    {
      if answers.isEmpty { answers = [:] }
      return answer(packet.isAck ? .success(packet) : .failure(.answered(packet)))
    }
    write(&forms)
  }

  override func publish(_ forms: inout OutboundForms, to socket: Socket) { write(&forms) }

  override func disconnect(_ socket: Socket) { close(.serverNamespaceDisconnect) }

  override func close(_ reason: CloseReason) {
    sendAllKept()
    end(reason)
  }
}

extension Outbound {
  fileprivate var isAck: Bool { type == .ack || type == .binaryAck }
}
