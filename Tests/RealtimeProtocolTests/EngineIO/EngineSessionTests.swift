import NIOCore
import RealtimeProtocol
import Testing

@Suite struct EngineSessionTests {
  private let now = NIODeadline.uptimeNanoseconds(1_000_000_000_000)
  private let probe = ByteBuffer(string: "probe")
  private let nothing = ByteBuffer()

  private func session(_ transport: EngineTransport = .polling) -> EngineSession {
    EngineSession(transport: transport, configuration: EngineConfiguration(), now: now)
  }

  // MARK: Polling

  @Test("a poll waits until there is something, and takes all of it when there is")
  func polls() {
    var session = session()
    #expect(session.pollArrived(now: now, hasQueued: false) == [.holdPoll])
    let isFirstTaken = session.takePoll()
    let isSecondTaken = session.takePoll()
    #expect(isFirstTaken && !isSecondTaken)
    #expect(session.pollArrived(now: now, hasQueued: true) == [.answerArriving(.queued)])
  }

  @Test("a second poll ends the session: the first is told, the second refused")
  func secondPoll() {
    var session = session()
    _ = session.pollArrived(now: now, hasQueued: false)
    #expect(
      session.pollArrived(now: now, hasQueued: false) == [
        .answerArriving(.refuse(.badRequest)), .answerPoll(.close), .finish(.transportError),
        .forget,
      ])
    #expect(
      session.pollArrived(now: now, hasQueued: false) == [
        .answerArriving(.refuse(.unknownSession))
      ])
  }

  @Test("a poll that a browser repeats ends the session: the answer to the first may be lost")
  func repeatedPoll() {
    var session = session()
    for stamp in ["a", "b"] {
      let actions = session.pollArrived(now: now, hasQueued: true, stamp: stamp)
      #expect(actions == [.answerArriving(.queued)])
    }
    let actions = session.pollArrived(now: now, hasQueued: true, stamp: "b")
    #expect(
      actions == [.answerArriving(.refuse(.badRequest)), .finish(.transportError), .forget])
  }

  @Test("polls without a stamp are never taken for one another")
  func unstampedPolls() {
    var session = session()
    for _ in 1...3 {
      let actions = session.pollArrived(now: now, hasQueued: true)
      #expect(actions == [.answerArriving(.queued)])
    }
  }

  @Test("a POST that a browser repeats brings nothing new")
  func repeatedPost() {
    var session = session()
    var answers: [Bool] = []
    for stamp in ["a", "a", "b", nil, nil] { answers.append(session.isNew(postWith: stamp)) }
    #expect(answers == [true, false, true, true, true])
  }

  @Test("a poll that its client abandons ends the session")
  func abandonedPoll() {
    var session = session()
    _ = session.pollArrived(now: now, hasQueued: false)
    #expect(session.pollAborted() == [.finish(.transportError), .forget])
    #expect(!session.isOpen)
  }

  @Test("a close packet releases the poll that waits with a noop")
  func clientCloses() {
    var session = session()
    _ = session.pollArrived(now: now, hasQueued: false)
    #expect(
      session.received(.close, nothing, from: .polling, now: now) == [
        .answerPoll(.noop), .finish(.forcedClose), .forget,
      ])
  }

  @Test("a close packet that overtakes the poll is answered when the poll has come")
  func closeOvertakesPoll() {
    var session = session()
    #expect(
      session.received(.close, nothing, from: .polling, now: now) == [
        .finish(.forcedClose), .holdPost,
      ])
    #expect(
      session.pollArrived(now: now, hasQueued: false) == [
        .answerArriving(.noop), .answerPost, .forget,
      ])
    #expect(session.graceEnded() == [])
  }

  @Test("a close packet without a poll is answered in the end")
  func closeWithoutPoll() {
    var session = session()
    _ = session.received(.close, nothing, from: .polling, now: now)
    #expect(session.graceEnded() == [.answerPost, .forget])
  }

  @Test("a session that the server closes tells the next poll, once")
  func farewell() {
    var session = session()
    #expect(session.close(.parseError) == [.finish(.parseError), .forgetLater])
    #expect(session.close(.parseError) == [])
    #expect(
      session.pollArrived(now: now, hasQueued: false) == [.answerArriving(.noopAndClose), .forget])
    #expect(
      session.pollArrived(now: now, hasQueued: false) == [
        .answerArriving(.refuse(.unknownSession))
      ])
  }

  @Test("what is queued goes before the farewell")
  func queuedFarewell() {
    var session = session()
    _ = session.close(.forcedServerClose)
    #expect(session.pollArrived(now: now, hasQueued: true) == [.answerArriving(.close), .forget])
  }

  @Test("a silent client's poll is refused even before the timer fires")
  func lateSilence() {
    var session = session()
    let late = now + .seconds(45)
    #expect(
      session.pollArrived(now: late, hasQueued: false) == [
        .answerArriving(.refuse(.unknownSession)), .finish(.pingTimeout), .forget,
      ])
  }

  @Test(
    "a packet that a client must not send ends the session",
    arguments: [
      EnginePacketType.open, .ping, .upgrade,
    ])
  func forbiddenPackets(type: EnginePacketType) {
    var session = session()
    #expect(
      session.received(type, nothing, from: .polling, now: now) == [.finish(.parseError), .forget])
  }

  // MARK: WebSocket

  @Test("a WebSocket session is closed by a frame, from either side")
  func socketCloses() {
    var byClient = session(.websocket)
    #expect(
      byClient.received(.close, nothing, from: .socket, now: now) == [
        .closeSocket(.forcedClose), .finish(.forcedClose), .forget,
      ])
    var byServer = session(.websocket)
    #expect(
      byServer.close(.appRestarted) == [
        .closeSocket(.appRestarted), .finish(.appRestarted), .forget,
      ])
  }

  @Test("the heartbeat pings and, unanswered, ends the session")
  func heartbeat() {
    var session = session(.websocket)
    #expect(session.timerFired(now: now + .seconds(25)) == [.sendPing, .rescheduleHeartbeat])
    #expect(
      session.received(.pong, nothing, from: .socket, now: now + .seconds(26)) == [
        .rescheduleHeartbeat
      ])
    #expect(session.timerFired(now: now + .seconds(51)) == [.sendPing, .rescheduleHeartbeat])
    #expect(
      session.timerFired(now: now + .seconds(71)) == [
        .closeSocket(.pingTimeout), .finish(.pingTimeout), .forget,
      ])
  }

  // MARK: Upgrade

  @Test("a probe releases the poll that waited, and `5` moves the session")
  func upgrade() {
    var session = session()
    _ = session.pollArrived(now: now, hasQueued: false)
    let isAdmitted = session.candidateArrived(now: now)
    #expect(isAdmitted)
    #expect(
      session.received(.ping, probe, from: .candidate, now: now) == [
        .answerProbe, .answerPoll(.noop),
      ])
    #expect(session.received(.upgrade, nothing, from: .candidate, now: now) == [.adoptCandidate])
    #expect(session.accepts(from: .socket))
    #expect(!session.accepts(from: .polling))
    #expect(
      session.pollArrived(now: now, hasQueued: false) == [.answerArriving(.refuse(.badRequest))])
  }

  @Test("a poll that comes during the upgrade is let go after a while")
  func pollDuringUpgrade() {
    var session = session()
    _ = session.candidateArrived(now: now)
    _ = session.received(.ping, probe, from: .candidate, now: now)
    #expect(
      session.pollArrived(now: now, hasQueued: false) == [.holdPoll, .releasePollLater])
    #expect(session.graceEnded() == [.answerPoll(.noop)])
  }

  @Test("a poll that is overtaken by `5` is refused")
  func pollAfterUpgrade() {
    var session = session()
    _ = session.candidateArrived(now: now)
    _ = session.pollArrived(now: now, hasQueued: false)
    #expect(
      session.received(.ping, probe, from: .candidate, now: now) == [
        .answerProbe, .releasePollLater,
      ])
    #expect(
      session.received(.upgrade, nothing, from: .candidate, now: now) == [
        .answerPoll(.refuse(.badRequest)), .adoptCandidate,
      ])
  }

  @Test("there is one candidate at a time, and none for a session on a WebSocket")
  func otherCandidates() {
    var session = session()
    let isFirstAdmitted = session.candidateArrived(now: now)
    let isSecondAdmitted = session.candidateArrived(now: now)
    #expect(isFirstAdmitted && !isSecondAdmitted)
    session.candidateLost()
    let isNextAdmitted = session.candidateArrived(now: now)
    #expect(isNextAdmitted)
    var upgraded = self.session(.websocket)
    let isUpgradedAdmitted = upgraded.candidateArrived(now: now)
    #expect(!isUpgradedAdmitted)
  }

  @Test("a candidate that says anything else is dropped, and polling goes on")
  func badCandidate() {
    var session = session()
    _ = session.candidateArrived(now: now)
    #expect(session.received(.upgrade, nothing, from: .candidate, now: now) == [.dropCandidate])
    #expect(session.isOpen)
    #expect(session.candidateFailed() == [])
    #expect(session.accepts(from: .polling))
  }

  @Test("a session that ends takes its candidate with it")
  func endDuringUpgrade() {
    var session = session()
    _ = session.candidateArrived(now: now)
    #expect(
      session.fail(.pingTimeout) == [.dropCandidate, .finish(.pingTimeout), .forget])
  }

  // MARK: Any order of events

  @Test("whatever happens, the end is told exactly once and no poll is forgotten")
  func anyOrder() {
    Fuzz.run { generator in
      var session = session()
      var ends = 0
      var held = 0
      for _ in 0..<40 {
        let actions = Self.step(&session, now, &generator)
        for action in actions {
          switch action {
          case .finish: ends += 1
          case .holdPoll: held += 1
          case .answerPoll: held -= 1
          default: break
          }
        }
        #expect(held == (session.isPollWaiting ? 1 : 0))
        #expect(ends == (session.isOpen ? 0 : 1))
      }
    }
  }

  private static func step(
    _ session: inout EngineSession, _ now: NIODeadline, _ generator: inout SeededGenerator
  ) -> [EngineAction] {
    let types: [EnginePacketType] = [.close, .ping, .pong, .upgrade, .noop]
    switch Int.random(in: 0..<16, using: &generator) {
    case 0...3: return session.pollArrived(now: now, hasQueued: false)
    case 4: return session.takePoll() ? [.answerPoll(.queued)] : []
    case 5: return session.isPollWaiting ? [.answerPoll(.noop)] + session.pollAborted() : []
    case 6: return session.close(.forcedServerClose)
    case 7...8:
      _ = session.candidateArrived(now: now)
      return []
    case 9...11:
      return session.received(.ping, ByteBuffer(string: "probe"), from: .candidate, now: now)
    case 12: return session.received(.upgrade, ByteBuffer(), from: .candidate, now: now)
    case 13: return session.graceEnded()
    default:
      guard session.transport == .polling else { return [] }
      let type = types.randomElement(using: &generator) ?? .noop
      return session.received(type, ByteBuffer(), from: .polling, now: now)
    }
  }
}
