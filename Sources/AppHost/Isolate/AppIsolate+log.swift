// An isolate and the recovery log of its app: what clients may miss is written there and done when it comes
// back, in the order of the log, here as on every other node. Used only where clients can come back to every
// node; AppIsolate+records.swift says what records do.

import NIOCore
import PubSub

/// What an engine answers about the recovery log, for an isolate.
enum LogEvent: Sendable {
  /// The log is subscribed to; what is after the position comes.
  case begins(at: Position?)
  case read(Result<Recovery<EnginePublication>, PubSubError>)
  /// A record of this node's was not taken.
  case failed(UInt64, PubSubError)
  /// The other nodes are to be told of this one's clients again.
  case tell
}

extension AppIsolate {
  func openLog() {
    guard let link else { return }
    link.engine.subscribe(to: .exactly(link.log)) { [weak self] result in
      guard case .success(let position) = result else { return }
      self?.submit([.cluster(.log(.begins(at: position)))])
    }
    tellLater()
  }

  func perform(_ event: LogEvent) {
    switch event {
    case .begins(let position):
      readBack(from: shared?.begin(at: position ?? Position(epoch: "", offset: 0)))
    case .read(.success(let recovery)): readBack(from: shared?.read(recovery))
    case .read(.failure(let error)):
      journal.warn(app: name, "what clients have missed before cannot be read: \(error)")
      readBack(from: shared?.read(nil))
    case .failed(let serial, let error): fail(serial, error)
    case .tell:
      shared?.sweep(now: .now())
      tellOfClients()
      tellLater()
    }
  }

  // MARK: Reading

  /// Reads the log after a position; nil: begins to follow it.
  private func readBack(from position: Position?) {
    guard let link, let limits = shared?.history else { return }
    guard let position else { return followLog() }
    link.engine.recover(link.log, since: position, keeping: limits) { [weak self] result in
      self?.submit([.cluster(.log(.read(result)))])
    }
  }

  private func followLog() {
    guard let (read, new) = shared?.follow(now: .now()) else { return }
    if let position = shared?.position { history.beginShared(at: position) }
    for publication in read { perform(publication, isLive: false) }
    for publication in new { perform(publication, isLive: true) }
  }

  /// A record has come.
  func readLog(_ publication: EnginePublication) {
    guard let place = publication.position,
      let arrival = shared?.admit(publication, at: place)
    else { return }
    switch arrival {
    case .waits: return
    case .next: perform(publication, isLive: true)
    case .ofAnother:
      loseLog()
      readLog(publication)
    case .afterLoss(let position):
      shared?.begin(after: position, now: .now())
      history.beginShared(at: position)
      perform(publication, isLive: true)
    }
  }

  /// Records were lost: clients that are here can come back when they have got something new, others begin
  /// anew.
  func loseLog() {
    shared?.lose()
    performAll(shared?.own.giveUp() ?? [])
    tellOfClients(isNew: true)
  }

  private func perform(_ publication: EnginePublication, isLive: Bool) {
    guard let place = publication.position else { return }
    shared?.advance(to: place)
    guard let signed = SignedRecord(publication.message) else {
      return journal.warn(app: name, "a record of another program in the recovery log is ignored")
    }
    let isOwn = signed.author == shared?.author
    if isOwn, let steps = shared?.own.returned(signed.serial) {
      performAll(steps)
    } else {
      // One's own that comes late was done when it seemed lost.
      perform(
        signed.record,
        RecordContext(author: signed.author, isKept: true, isLive: isLive && !isOwn))
    }
    if case .told = signed.record { return }
    shared?.sinceTold += 1
    if isLive && shared?.mustTell == true { tellOfClients() }
  }

  // MARK: Writing

  /// Writes a record; it is done when it comes back.
  /// - Parameter done: called with its position; on any thread.
  func write(
    _ record: RecoveryRecord, _ purpose: SharedRecovery.Own.Purpose = .none,
    done: (@Sendable (Result<Position?, PubSubError>) -> Void)? = nil
  ) {
    guard let link, shared?.isEnding == false else { return }
    let own = SharedRecovery.Own(record: record, purpose: purpose)
    if shared?.isAway == true {
      done?(.failure(PubSubError(.overdue, "the engine is away")))
      return performUnkept(own)
    }
    guard let (signed, limits) = shared?.write(own) else { return }
    let serial = signed.serial
    link.write(signed, keeping: limits) { [weak self] result in
      done?(result)
      guard case .failure(let error) = result else { return }
      self?.submit([.cluster(.log(.failed(serial, error)))])
    }
  }

  /// A record was not taken. When the engine is away for that long, nothing waits for it any more: what is
  /// sent until it is back reaches who is here, and nobody can come back to a socket.
  private func fail(_ serial: UInt64, _ error: PubSubError) {
    guard error.code == .overdue || error.code == .unreachable else {
      warn("what was sent cannot be kept for clients that come back: \(error)")
      return performAll(shared?.own.failed(serial) ?? [])
    }
    guard shared?.isAway == false, link?.engine.health != .up else {
      return performAll(shared?.own.failed(serial) ?? [])
    }
    journal.warn(app: name, "clients cannot come back to their sockets until the engine is back")
    shared?.isAway = true
    performAll(shared?.own.giveUp() ?? [])
    for socket in seats.occupants where socket.seat.isParked { forget(socket.seat.handle) }
  }

  func engineIsBack() {
    guard shared?.isAway == true else { return }
    shared?.isAway = false
    tellOfClients(isNew: true)
  }

  // MARK: Telling

  /// Tells the other nodes which clients are here.
  private func tellOfClients(isNew: Bool = false) {
    guard shared?.isAway == false, let parts = shared?.tellings() else { return }
    shared?.sinceTold = 0
    for part in parts { write(.told(part, isNew: isNew)) }
  }

  func tellLater() {
    guard let interval = shared?.interval, shared?.isEnding == false else { return }
    alarms.start(.tell, after: interval, repeats: false, on: eventLoop) { [weak self] in
      self?.submit([.cluster(.log(.tell))])
    }
  }
}
