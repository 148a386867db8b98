import NIOCore
import PubSub
import Testing

@testable import AppHost

@Suite("A node's view of the recovery log")
struct SharedRecoveryTests {
  private let now = NIODeadline.uptimeNanoseconds(1)

  private func recovery(packets: Int = 100) -> SharedRecovery {
    SharedRecovery(
      limits: RecoveryLimits(time: .seconds(60), packets: packets, bytes: 10_000, sockets: 1))
  }

  private func place(_ offset: UInt64, _ epoch: String = "E") -> Position {
    Position(epoch: epoch, offset: offset)
  }

  private func record(_ offset: UInt64, _ epoch: String = "E") -> EnginePublication {
    EnginePublication(
      channel: "app.log", position: place(offset, epoch),
      origin: EngineOrigin(node: 1, serial: offset), message: ByteBuffer())
  }

  private func offsets(_ records: [EnginePublication]) -> [UInt64] {
    records.compactMap(\.position?.offset)
  }

  /// Admits a record that must be the next one.
  private func next(_ offset: UInt64, _ recovery: inout SharedRecovery) -> Bool {
    guard case .next = recovery.admit(record(offset), at: place(offset)) else { return false }
    recovery.advance(to: place(offset))
    return true
  }

  /// One that has read the log up to its top.
  private func following(after top: UInt64) -> SharedRecovery {
    var recovery = recovery()
    _ = recovery.begin(at: place(top))
    _ = recovery.read(nil)
    _ = recovery.follow(now: now)
    return recovery
  }

  @Test("is what was read, then what came meanwhile, then what comes")
  func reading() throws {
    var recovery = recovery()
    #expect(recovery.follow(now: now) == nil)
    #expect(recovery.begin(at: place(3)) == place(0))
    for offset in [3, 4, 5] as [UInt64] {
      guard case .waits = recovery.admit(record(offset), at: place(offset)) else {
        Issue.record("it is not read yet")
        return
      }
    }
    let missed = Recovery(
      isRecovered: true, missed: (1...4).map { record($0) }, top: place(4))
    #expect(recovery.read(missed) == nil && !recovery.isFollowing)
    let following = recovery.follow(now: now)
    let found = try #require(following)
    #expect(offsets(found.read) == [1, 2, 3] && offsets(found.new) == [4, 5])
    #expect(recovery.isFollowing && recovery.position == place(0))
    #expect(recovery.log.holds(after: 0, now: now))
    for offset in 1...6 as ClosedRange<UInt64> { #expect(next(offset, &recovery)) }
    #expect(recovery.position == place(6) && recovery.follow(now: now) == nil)
  }

  @Test("begins where the log stands when it cannot be read")
  func unreadable() {
    let recovery = following(after: 9)
    #expect(recovery.isFollowing && recovery.position == place(9))
    #expect(!recovery.log.holds(after: 8, now: now) && recovery.log.holds(after: 9, now: now))
  }

  @Test("knows whether a client is ahead of it")
  func ahead() {
    var recovery = recovery()
    #expect(!recovery.hasRead(nil) && !recovery.hasRead(place(0)))
    recovery = following(after: 9)
    #expect(recovery.hasRead(nil) && recovery.hasRead(place(9)) && recovery.hasRead(place(99, "F")))
    #expect(!recovery.hasRead(place(10)))
  }

  @Test("begins anew with the first record after a loss, and in another log")
  func losses() {
    var recovery = following(after: 9)
    recovery.lose()
    guard case .afterLoss(place(19)) = recovery.admit(record(20), at: place(20)) else {
      Issue.record("records were lost")
      return
    }
    recovery.begin(after: place(19), now: now)
    #expect(next(21, &recovery))
    guard case .ofAnother = recovery.admit(record(2, "F"), at: place(2, "F")) else {
      Issue.record("it is another log")
      return
    }
    recovery.lose()
    guard case .afterLoss(place(1, "F")) = recovery.admit(record(2, "F"), at: place(2, "F")) else {
      Issue.record("the other log is followed")
      return
    }
  }

  @Test("does not wait for what was before when too much comes meanwhile")
  func flood() {
    var recovery = recovery(packets: 5)
    _ = recovery.begin(at: place(3))
    for offset in 4...9 as ClosedRange<UInt64> {
      _ = recovery.admit(record(offset), at: place(offset))
    }
    #expect(recovery.read(Recovery(isRecovered: true, missed: [], top: place(3))) == nil)
    #expect(recovery.follow(now: now) == nil)
    guard case .afterLoss(place(9)) = recovery.admit(record(10), at: place(10)) else {
      Issue.record("it is followed from the next record on")
      return
    }
  }

  @Test("tells of a client as it is behind all that was written of it")
  func anticipation() throws {
    var recovery = following(after: 1)
    let session = RecoverableSession(
      pid: "P", id: "S", namespace: "/", owner: 0,
      membership: Membership(stays: [.init(topic: "/", from: 2)]))
    recovery.sessions.tell(session, by: recovery.author, isNew: false, at: 2, now: now)
    recovery.handles["P"] = 1
    #expect(recovery.tellings().first?.first?.membership.topics == ["/"])
    let move = SessionMove(pid: "P", joins: ["a"], leaves: ["/"])
    let (signed, _) = recovery.write(.init(record: .moved(move), purpose: .none))
    #expect(recovery.tellings().first?.first?.membership.topics == ["a"])
    _ = recovery.own.returned(signed.serial)
    #expect(recovery.tellings().first?.first?.membership.topics == ["/"])
  }

  @Test("takes what was written before a change by another node for over until that is told")
  func changes() {
    var recovery = following(after: 1)
    let join = SessionMove(pid: "P", joins: ["a"], since: 3)
    let leave = SessionMove(pid: "P", leaves: ["a"], since: 4)
    #expect(!recovery.isOver("a", of: "P"))
    recovery.beganTelling(join)
    recovery.beganTelling(leave)
    #expect(recovery.isOver("a", of: "P"))
    #expect(!recovery.isOver("b", of: "P") && !recovery.isOver("a", of: "Q"))
    recovery.endedTelling(join)
    #expect(recovery.isOver("a", of: "P"))
    recovery.endedTelling(leave)
    #expect(!recovery.isOver("a", of: "P"))
  }

  @Test("numbers what is not kept like the last record, and while the engine is away like none")
  func unkept() {
    var recovery = following(after: 7)
    #expect(recovery.log.holds(after: recovery.unkeptNumber.offset, now: now))
    recovery.isAway = true
    #expect(!recovery.log.holds(after: recovery.unkeptNumber.offset, now: now))
    #expect(recovery.unkeptNumber.epoch == recovery.position.epoch)
  }

  @Test("tells of its own clients in parts of a bounded size")
  func tellings() {
    var recovery = following(after: 1)
    let topic = String(repeating: "t", count: 1_000)
    for number in 0..<200 {
      let session = RecoverableSession(
        pid: "\(number)", id: "\(number)", namespace: "/", owner: 0,
        membership: Membership(stays: [.init(topic: topic, from: 2)]))
      let isOwn = number < 150
      recovery.sessions.tell(
        session, by: isOwn ? recovery.author : 1, isNew: false, at: 2, now: now)
      recovery.handles[session.pid] = 1
    }
    let parts = recovery.tellings()
    #expect(parts.count > 1 && parts.allSatisfy { $0.count < 80 })
    #expect(Set(parts.joined().map(\.pid)) == Set((0..<150).map { "\($0)" }))
    recovery.handles = ["7": 1, "199": 1]
    #expect(recovery.tellings().joined().map(\.pid) == ["7"])
    recovery.sweep(now: now + .hours(1))
    #expect(recovery.sessions.count == 1)
  }
}
