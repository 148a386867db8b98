import LuaRuntime
import NIOConcurrencyHelpers
import Testing

@testable import AppHost

@Suite("The ballot of a load")
struct LoadBallotTests {
  private typealias Results = [Int: Result<LoadReport, LuaError>]

  private let verdicts = NIOLockedValueBox<[Bool]>([])
  private let results = NIOLockedValueBox<[Results]>([])

  private func ballot(_ voters: Int) -> LoadBallot {
    LoadBallot(voters: voters) { [results] result in
      results.withLockedValue { $0.append(result) }
    }
  }

  private func cast(_ ballot: LoadBallot, _ isReady: Bool) {
    ballot.cast(isReady) { [verdicts] verdict in verdicts.withLockedValue { $0.append(verdict) } }
  }

  @Test("is decided when the last worker has voted")
  func unanimous() {
    let ballot = ballot(3)
    cast(ballot, true)
    cast(ballot, true)
    #expect(verdicts.withLockedValue { $0.isEmpty })
    cast(ballot, true)
    #expect(verdicts.withLockedValue { $0 } == [true, true, true])
    for worker in 1...3 {
      #expect(results.withLockedValue { $0.isEmpty })
      ballot.report(.success(.nothing), of: worker)
    }
    #expect(results.withLockedValue { $0.first?.count } == 3)
  }

  @Test("is lost when one worker cannot, and only that one says why")
  func lost() {
    let ballot = ballot(2)
    cast(ballot, true)
    cast(ballot, false)
    #expect(verdicts.withLockedValue { $0 } == [false, false])
    ballot.report(nil, of: 1)
    ballot.report(.failure(LuaError(code: .runtime, message: "no")), of: 2)
    #expect(results.withLockedValue { $0.first.map { Array($0.keys) } } == [2])
  }
}
