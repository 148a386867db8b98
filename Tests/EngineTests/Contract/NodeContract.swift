import NIOCore
import PubSub
import Testing

/// What nodes know of one another and answer one another, over every engine.
@Suite(.timeLimit(.minutes(1)), .serialized) struct NodeContract {
  /// Runs `body` with members of the ids 1…`count` that know one another.
  private func members(
    _ count: UInt64, on engine: EngineUnderTest,
    _ body: ([TestMember], any TestMiddle) async throws -> Void
  ) async throws {
    try await TestCluster.of(engine) { cluster in
      var members: [TestMember] = []
      for id in 1...count { members.append(try await TestMember(id, cluster.middle)) }
      for member in members { await member.sees { $0.known.count == count - 1 } }
      let outcome: Result<Void, any Error>
      do { outcome = .success(try await body(members, cluster.middle)) } catch {
        outcome = .failure(error)
      }
      for member in members { await member.die() }
      try outcome.get()
    }
  }

  @Test("all nodes hear of one another, and who leaves is gone", arguments: EngineUnderTest.here)
  func leaving(_ engine: EngineUnderTest) async throws {
    try await members(3, on: engine) { members, _ in
      #expect(members[0].seen.up.sorted() == [2, 3] && members[0].seen.down == [])
      await members[2].leave()
      for member in members[...1] { await member.sees { $0.seen.down == [3] } }
    }
  }

  @Test("who falls silent is gone after a while", arguments: EngineUnderTest.here)
  func silence(_ engine: EngineUnderTest) async throws {
    try await members(2, on: engine) { members, _ in
      await members[1].die()
      await members[0].sees { $0.seen.down == [2] }
    }
  }

  @Test("an engine that is away makes nobody go", arguments: EngineUnderTest.here)
  func engineAway(_ engine: EngineUnderTest) async throws {
    try await members(2, on: engine) { members, middle in
      try await middle.cut()
      try await Task.sleep(for: .seconds(4))
      try await middle.mend()
      for member in members {
        var number = 0
        repeat {
          number += 1
          try member.ask("\(number)", for: .seconds(1))
          await member.sees { $0.seen.silent.count == number }
        } while member.seen.silent["\(number)"] != [:]
        #expect(member.seen.down == [])
      }
    }
  }

  @Test("a question is answered by all nodes, this one too", arguments: EngineUnderTest.here)
  func questions(_ engine: EngineUnderTest) async throws {
    try await members(3, on: engine) { members, _ in
      for number in 1...50 { try members[0].ask("\(number)") }
      await members[0].sees { $0.seen.silent.count == 50 }
      let seen = members[0].seen
      for number in 1...50 {
        let answers = seen.answers["\(number)"] ?? []
        #expect(answers.sorted() == ["1.0", "1.1", "2.0", "2.1", "3.0", "3.1"])
        #expect(seen.silent["\(number)"] == [:])
      }
    }
  }

  @Test("who does not answer, and who goes meanwhile, is named", arguments: EngineUnderTest.here)
  func silent(_ engine: EngineUnderTest) async throws {
    try await members(3, on: engine) { members, _ in
      members[1].beMute()
      members[2].beMute()
      try members[0].ask("short", for: .seconds(1))
      try members[0].ask("long", for: .seconds(30))
      await members[0].sees { $0.seen.silent["short"] != nil }
      #expect(members[0].seen.silent["short"] == [2: .timeout, 3: .timeout])
      await members[1].leave()
      await members[2].die()
      await members[0].sees { $0.seen.silent["long"] != nil }
      #expect(members[0].seen.silent["long"] == [2: .gone, 3: .gone])
      #expect(members[0].seen.answers["long"] == ["1.0", "1.1"])
    }
  }
}
