// A connection of libnats that the engine's thread drives: it writes, reads, and sorts what came to the
// connection's inbox. It is never made again: the first error is the last.

import CNATSSystem
import Glibc
import NIOCore
import PubSub

/// One connection to a NATS server.
final class NATSConnection {
  /// What answers one stored publication.
  struct Confirmation {
    let number: UInt64
    let answer: NATSAnswer
  }

  private let handle: OpaquePointer
  private let socket: NATSSocket
  private let inboxSubscription: OpaquePointer
  private let storedSubscription: OpaquePointer
  private let deliveries: NATSDeliveries
  private var handles: [String: OpaquePointer] = [:]
  private(set) var subscriptions: [String: NATSSubscription] = [:]
  /// What answers are sent to, before a dot and a word.
  private let inbox: String
  /// Where consumers send what they read. A subscription of its own: consumers find no wildcards.
  let storedInbox: String

  private var confirmations: [Confirmation] = []
  private var replies: [Int: NATSReply] = [:]
  private var stored: [NATSStoredMessage] = []
  private var lastRequest = 0
  /// Whether something was sent that nobody takes: libnats does not say what.
  private(set) var isUnanswered = false
  private var heardTime = NIODeadline.now()

  /// How often the server is asked for a sign of life.
  private static let pingInterval = TimeAmount.seconds(1)

  /// Connects, within ``EngineDriverLimits/connect`` for each server.
  init(_ settings: NATSSettings, wake: @escaping @Sendable () -> Void) throws(PubSubError) {
    let socket = NATSSocket(wake: wake)
    handle = try Self.connect(settings, socket: socket)
    self.socket = socket
    deliveries = NATSDeliveries(wake: wake)
    inbox = "_INBOX.\(settings.prefix).\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    storedInbox = "\(inbox)-stored"
    var made: [OpaquePointer] = []
    for subject in ["\(inbox).*", storedInbox] {
      var subscription: OpaquePointer?
      let status = natsConnection_SubscribeSync(&subscription, handle, subject)
      guard status == NATS_OK, let subscription else {
        for earlier in made { natsSubscription_Destroy(earlier) }
        natsConnection_Destroy(handle)
        throw Self.error(status, "no inbox could be made")
      }
      // What is read is taken at once, so that no limit is needed.
      natsSubscription_SetPendingLimits(subscription, -1, -1)
      made.append(subscription)
    }
    (inboxSubscription, storedSubscription) = (made[0], made[1])
  }

  private static func connect(
    _ settings: NATSSettings, socket: NATSSocket
  ) throws(PubSubError) -> OpaquePointer {
    var options: OpaquePointer?
    guard natsOptions_Create(&options) == NATS_OK else {
      throw PubSubError(.refused, "libnats could not be started")
    }
    defer { natsOptions_Destroy(options) }
    let place = settings.servers.joined(separator: ", ")
    let set = settings.apply(to: options, socket: socket, ping: pingInterval)
    guard set == NATS_OK else { throw error(set, "libnats takes no such settings for \(place)") }
    var connection: OpaquePointer?
    let status = natsConnection_Connect(&connection, options)
    guard status == NATS_OK, let connection else { throw error(status, "no link to \(place)") }
    return connection
  }

  /// Ends the connection. Nothing may be called after it.
  func close() {
    deliveries.close()
    write()
    // What could not be written is given up, or libnats would wait for an answer that only we can read.
    if socket.descriptor >= 0 {
      shutdown(socket.descriptor, Int32(SHUT_RDWR))
      natsConnection_ProcessReadEvent(handle)
    }
    natsConnection_Close(handle)
    for subscription in handles.values + [inboxSubscription, storedSubscription] {
      natsSubscription_Destroy(subscription)
    }
    natsConnection_Destroy(handle)
  }

  var interest: EngineThread.Interest? {
    let descriptor = socket.descriptor
    return descriptor < 0 ? nil : .init(descriptor, writing: socket.isWriting)
  }

  /// The most bytes of a message and its headers.
  var largestPayload: Int { Int(natsConnection_GetMaxPayload(handle)) }

  /// Whether all that was published has left for the server.
  var isDrained: Bool { !socket.isWriting }

  // MARK: Sending

  func publish(_ bytes: ByteBuffer, to subject: String) throws(PubSubError) {
    let status = bytes.withUnsafeReadableBytes {
      natsConnection_Publish(handle, subject, $0.baseAddress, Int32($0.count))
    }
    guard status == NATS_OK else { throw lost(status) }
  }

  /// Publishes with headers; the answer comes as the confirmation of that number.
  func publish(
    _ bytes: ByteBuffer, to subject: String, headers: [(name: String, value: String)],
    confirmation number: UInt64?
  ) throws(PubSubError) {
    var message: OpaquePointer?
    let reply = number.map { "\(inbox).a\($0)" }
    var status = bytes.withUnsafeReadableBytes {
      let data = $0.baseAddress?.assumingMemoryBound(to: CChar.self)
      return natsMsg_Create(&message, subject, reply, data, Int32($0.count))
    }
    defer { natsMsg_Destroy(message) }
    for header in headers where status == NATS_OK {
      status = natsMsgHeader_Set(message, header.name, header.value)
    }
    if status == NATS_OK { status = natsConnection_PublishMsg(handle, message) }
    guard status == NATS_OK else { throw lost(status) }
  }

  /// Sends what was published.
  func write() {
    if socket.isWriting { natsConnection_ProcessWriteEvent(handle) }
  }

  // MARK: Subscriptions

  /// - Returns: nil when that is subscribed to already.
  func subscribe(
    to subject: String, channel: String?
  ) throws(PubSubError) -> NATSSubscription? {
    guard handles[subject] == nil else { return nil }
    let subscription = NATSSubscription(channel: channel, deliveries: deliveries)
    let (made, status) = subscription.begin(on: handle, subject: subject)
    guard status == NATS_OK, let made else { throw lost(status) }
    handles[subject] = made
    subscriptions[subject] = subscription
    return subscription
  }

  func unsubscribe(from subject: String) throws(PubSubError) {
    subscriptions[subject] = nil
    guard let made = handles.removeValue(forKey: subject) else { return }
    let status = natsSubscription_Unsubscribe(made)
    natsSubscription_Destroy(made)
    guard status == NATS_OK else { throw lost(status) }
  }

  // MARK: Receiving

  /// Writes what waits and reads what is there; waits for that when it is told to.
  func exchange(waiting milliseconds: Int32 = 0) throws(PubSubError) {
    write()
    var isReadable = socket.wait(milliseconds: milliseconds)
    if isReadable { heardTime = .now() }
    var reads = 0
    while isReadable && reads < Self.mostReads {
      natsConnection_ProcessReadEvent(handle)
      sortInbox()
      reads += 1
      isReadable = socket.descriptor >= 0 && socket.wait(milliseconds: 0)
    }
    try check()
  }

  /// Reads in a row; each brings as much as libnats' buffer holds.
  private static let mostReads = 8

  private func check() throws(PubSubError) {
    var text: UnsafePointer<CChar>?
    let status = natsConnection_GetLastError(handle, &text)
    if status != NATS_OK { throw lost(status, text.map { String(cString: $0) }) }
    if natsConnection_IsClosed(handle) { throw lost(NATS_CONNECTION_CLOSED) }
    if heardTime + EngineDriverLimits.answer < .now() {
      throw PubSubError(.unreachable, "the NATS server has not been heard for 5 s")
    }
  }

  private func sortInbox() {
    take(from: inboxSubscription) { sort($0) }
    take(from: storedSubscription) { message in
      if let message = NATSStoredMessage(message) { stored.append(message) }
    }
  }

  private func take(from subscription: OpaquePointer, _ body: (NATSMessage) -> Void) {
    var pointer: OpaquePointer?
    while true {
      switch natsSubscription_NextMsg(&pointer, subscription, 0) {
      case NATS_OK:
        guard let next = pointer else { return }
        body(NATSMessage(pointer: next))
        natsMsg_Destroy(next)
      case NATS_NO_RESPONDERS: isUnanswered = true
      default: return
      }
    }
  }

  private func sort(_ message: NATSMessage) {
    let word = message.subject.dropFirst(inbox.utf8.count + 1)
    if word.first == UInt8(ascii: "a"), let number = UInt64(digits: word.dropFirst()) {
      confirmations.append(Confirmation(number: number, answer: NATSAnswer(message)))
    } else if word.first == UInt8(ascii: "r"), let number = UInt64(digits: word.dropFirst()) {
      replies[Int(clamping: number)] = NATSReply(message)
    }
  }

  func takeConfirmations() -> [Confirmation] {
    defer { confirmations.removeAll(keepingCapacity: true) }
    return confirmations
  }

  func takeDeliveries() throws(PubSubError) -> [NATSDeliveries.Delivery] { try deliveries.take() }

  // MARK: Requests

  /// Sends requests together and waits for all answers.
  func ask(_ requests: [NATSRequest]) throws(PubSubError) -> [NATSReply] {
    guard let replies = try askAnybody(requests) else {
      throw PubSubError(.unreachable, "the stream on the NATS server is gone")
    }
    return replies
  }

  /// Sends requests together and waits for all answers; nil when nobody takes them.
  func askAnybody(_ requests: [NATSRequest]) throws(PubSubError) -> [NATSReply]? {
    let numbers = lastRequest + 1..<lastRequest + 1 + requests.count
    lastRequest += requests.count
    replies = [:]
    for (number, request) in zip(numbers, requests) {
      let reply = "\(inbox).r\(number)"
      let status = natsConnection_PublishRequest(
        handle, request.subject, reply, request.body, Int32(request.body.utf8.count))
      guard status == NATS_OK else { throw lost(status) }
    }
    try wait { $0.isUnanswered || $0.replies.count >= requests.count }
    defer { replies = [:] }
    if isUnanswered {
      // Whoever asks decides what that means.
      isUnanswered = false
      return nil
    }
    return numbers.compactMap { replies[$0] }
  }

  /// Gives what a consumer brought to `body` until that wants no more.
  func takeStored(_ body: (NATSStoredMessage) -> Bool) throws(PubSubError) {
    var isWanted = true
    while isWanted {
      try wait { !$0.stored.isEmpty }
      let taken = stored
      stored = []
      for message in taken { isWanted = body(message) }
    }
  }

  /// Forgets what consumers brought.
  func dropStored() { stored = [] }

  /// Exchanges until something is so. Each bit of progress starts the time anew.
  private func wait(_ condition: (NATSConnection) -> Bool) throws(PubSubError) {
    var deadline = NIODeadline.now() + EngineDriverLimits.answer
    var count = replies.count
    while !condition(self) {
      guard NIODeadline.now() < deadline else {
        throw PubSubError(.unreachable, "JetStream has not answered for 5 s")
      }
      try exchange(waiting: 100)
      if replies.count != count { deadline = .now() + EngineDriverLimits.answer }
      count = replies.count
    }
  }

  // MARK: Errors

  private func lost(_ status: natsStatus, _ text: String? = nil) -> PubSubError {
    Self.error(status, text ?? "the link to NATS was lost")
  }

  private static func error(_ status: natsStatus, _ text: String) -> PubSubError {
    if status == NATS_CONNECTION_AUTH_FAILED {
      return PubSubError(.unauthorized, "\(text): the server turned the credentials away")
    }
    let meaning = natsStatus_GetText(status).map { String(cString: $0) } ?? "\(status.rawValue)"
    return PubSubError(
      status == NATS_NOT_PERMITTED ? .unauthorized : .unreachable, "\(text) (\(meaning))")
  }
}
