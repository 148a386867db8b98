import NIOCore
import Testing

@testable import AppHost

@Suite("The directory of sessions")
struct SessionDirectoryTests {
  private let now = NIODeadline.uptimeNanoseconds(1)

  private func session(_ pid: String, topics: [String] = ["/"]) -> RecoverableSession {
    RecoverableSession(
      pid: pid, id: "id of \(pid)", namespace: "/", owner: 0,
      membership: Membership(stays: topics.map { .init(topic: $0, from: 0) }))
  }

  private func directory(_ pid: String, of author: UInt64, at number: UInt64) -> SessionDirectory {
    var directory = SessionDirectory()
    directory.tell(session(pid), by: author, isNew: false, at: number, now: now)
    return directory
  }

  @Test("knows a session from the record on that tells of it")
  func beginning() throws {
    let told = try #require(directory("P", of: 7, at: 5)["P"])
    #expect(told.owner == 7 && told.begins == 5 && told.ownedSince == 5)
    #expect(!told.membership.held("/", at: 5) && told.membership.held("/", at: 6))
    #expect(told.isRecoverable(after: 5))
  }

  @Test("takes changes from the owner alone")
  func owner() {
    var directory = directory("P", of: 7, at: 5)
    directory.move(SessionMove(pid: "P", joins: ["a"]), by: 8, at: 6, first: 1)
    directory.forget("P", by: 8)
    #expect(directory["P"]?.membership.topics == ["/"])
    directory.move(SessionMove(pid: "P", joins: ["a"], leaves: ["/"]), by: 7, at: 7, first: 1)
    #expect(directory["P"]?.membership.topics == ["a"])
    directory.forget("P", by: 7)
    #expect(directory["P"] == nil && directory.count == 0)
  }

  @Test("takes a change that another node wanted from where that was, not from where it is told")
  func changesSince() throws {
    var directory = directory("P", of: 7, at: 5)
    directory.move(SessionMove(pid: "P", joins: ["a"], since: 8), by: 7, at: 12, first: 1)
    directory.move(SessionMove(pid: "P", leaves: ["/"], since: 9), by: 7, at: 13, first: 1)
    let membership = try #require(directory["P"]?.membership)
    #expect(!membership.held("a", at: 8) && membership.held("a", at: 9))
    #expect(membership.held("/", at: 9) && !membership.held("/", at: 10))
  }

  @Test("takes a change from the owner before, which was before the claim")
  func changesBeforeClaims() throws {
    var directory = directory("P", of: 7, at: 5)
    _ = directory.claim("P", in: "/", by: 8, at: 10, now: now)
    directory.move(SessionMove(pid: "P", joins: ["a"], since: 9), by: 7, at: 11, first: 1)
    directory.move(SessionMove(pid: "P", joins: ["b"], since: 10), by: 7, at: 12, first: 1)
    directory.move(SessionMove(pid: "P", joins: ["c"]), by: 7, at: 13, first: 1)
    #expect(directory["P"]?.membership.topics == ["/", "a"])
  }

  @Test("knows of a session that is told behind unread moves what is behind the telling")
  func anticipation() throws {
    let known = try #require(directory("P", of: 7, at: 5)["P"])
    let told = known.anticipating([
      SessionMove(pid: "P", joins: ["a", "b"]), SessionMove(pid: "P", leaves: ["a", "/"]),
    ])
    var fresh = SessionDirectory()
    fresh.tell(told, by: 7, isNew: false, at: 20, now: now)
    let session = try #require(fresh["P"])
    #expect(session.membership.topics == ["b"])
    #expect(!session.membership.held("b", at: 20) && session.membership.held("b", at: 21))
    #expect(!session.isRecoverable(after: 19) && session.isRecoverable(after: 20))
    // Who has read the moves knows better.
    var knowing = directory("P", of: 7, at: 5)
    knowing.move(SessionMove(pid: "P", joins: ["b"], leaves: ["/"]), by: 7, at: 18, first: 1)
    knowing.tell(told, by: 7, isNew: false, at: 20, now: now)
    #expect(knowing["P"]?.membership.held("b", at: 19) == true)
    #expect(knowing["P"]?.isRecoverable(after: 6) == true)
  }

  @Test("gives a session to whoever claims it, and says whose it was")
  func claims() throws {
    var directory = directory("P", of: 7, at: 5)
    #expect(directory.claim("P", in: "/other", by: 8, at: 6, now: now) == nil)
    #expect(directory.claim("Q", in: "/", by: 8, at: 6, now: now) == nil)
    let claim = directory.claim("P", in: "/", by: 8, at: 6, now: now)
    let claimed = try #require(claim)
    #expect(claimed.from == 7 && claimed.session.id == "id of P")
    #expect(directory["P"]?.owner == 8)
    // The old owner did not know it yet.
    directory.tell(claimed.session, by: 7, isNew: false, at: 7, now: now)
    directory.forget("P", by: 7)
    #expect(directory["P"]?.owner == 8)
  }

  @Test("believes the later owner, whichever it heard first")
  func laterOwner() throws {
    var told = session("P")
    var directory = SessionDirectory()
    told.ownedSince = 3
    told.begins = 3
    directory.tell(told, by: 7, isNew: false, at: 20, now: now)
    told.ownedSince = 9
    directory.tell(told, by: 8, isNew: false, at: 21, now: now)
    #expect(directory["P"]?.owner == 8)
    told.ownedSince = 3
    directory.tell(told, by: 7, isNew: false, at: 22, now: now)
    #expect(directory["P"]?.owner == 8)
  }

  @Test("forgets sessions that nobody tells of, and keeps its own")
  func sweeping() {
    var directory = directory("P", of: 7, at: 5)
    directory.tell(session("Q"), by: 8, isNew: false, at: 6, now: now)
    directory.tell(session("P"), by: 7, isNew: false, at: 7, now: now + .seconds(6))
    directory.sweep(olderThan: .seconds(10), now: now + .seconds(9)) { _ in false }
    #expect(directory.count == 2)
    directory.sweep(olderThan: .seconds(10), now: now + .seconds(10)) { $0.pid == "X" }
    #expect(directory["P"] != nil && directory["Q"] == nil)
    directory.sweep(olderThan: .seconds(10), now: now + .seconds(99)) { $0.pid == "P" }
    #expect(directory["P"] != nil)
  }

  @Test("refuses, after a loss, clients that have got nothing since")
  func loss() throws {
    var directory = directory("P", of: 7, at: 5)
    directory.tell(session("Q"), by: 8, isNew: false, at: 6, now: now)
    directory.begin(after: 100, now: now) { $0.owner == 7 }
    #expect(directory["Q"] == nil)
    let kept = try #require(directory["P"])
    #expect(!kept.isRecoverable(after: 100) && kept.isRecoverable(after: 101))
    #expect(!kept.membership.held("/", at: 100) && kept.membership.held("/", at: 101))
    // The other nodes learn the same.
    directory.tell(kept, by: 7, isNew: true, at: 110, now: now)
    #expect(directory["P"]?.isRecoverable(after: 110) == false)
    #expect(directory["P"]?.isRecoverable(after: 111) == true)
  }

  @Test("does not give a session back to an owner that has missed its claim")
  func lossOfOwner() {
    var directory = directory("P", of: 7, at: 5)
    _ = directory.claim("P", in: "/", by: 8, at: 6, now: now)
    directory.tell(session("P"), by: 7, isNew: true, at: 9, now: now)
    #expect(directory["P"]?.owner == 8)
    var other = self.directory("P", of: 7, at: 5)
    other.begin(after: 6, now: now) { _ in true }
    var claimed = session("P")
    claimed.ownedSince = 6
    other.tell(claimed, by: 8, isNew: false, at: 10, now: now)
    #expect(other["P"]?.owner == 8)
  }

  @Test("refuses a client that may have got a part of what it caught up on")
  func catchingUp() {
    var directory = directory("P", of: 7, at: 5)
    directory.move(
      SessionMove(pid: "P", joins: ["p"], catchUp: .begins), by: 7, at: 8, first: 1)
    #expect(directory["P"]?.isRecoverable(after: 7) == false)
    #expect(directory["P"]?.isRecoverable(after: 8) == true)
    directory.move(SessionMove(pid: "P", catchUp: .ended(7)), by: 7, at: 9, first: 1)
    #expect(directory["P"]?.isRecoverable(after: 7) == false)
    directory.move(SessionMove(pid: "P", catchUp: .ended(8)), by: 7, at: 10, first: 1)
    #expect(directory["P"]?.isRecoverable(after: 7) == true)
  }

  @Test("refuses a client that follows a model, and after that until it has got something")
  func models() {
    let model = Topic.positions(Topic.modelPrefix + "list", in: "/")
    var directory = directory("P", of: 7, at: 5)
    directory.move(SessionMove(pid: "P", joins: [model]), by: 7, at: 8, first: 1)
    #expect(directory["P"]?.isRecoverable(after: 9) == false)
    directory.move(SessionMove(pid: "P", leaves: [model]), by: 7, at: 12, first: 1)
    #expect(directory["P"]?.isRecoverable(after: 11) == false)
    #expect(directory["P"]?.isRecoverable(after: 12) == true)
  }
}
