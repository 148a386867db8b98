// Clients that come and go. A cycle is: connect, upgrade, Engine.IO open, namespace, leave, closed.
// Measures cycles per second and how long one takes.

import NIOCore

/// Runs whole connection lives, one after another, on several lanes side by side.
public struct ChurnScenario: Scenario {
  public var lanes: Int

  public init(lanes: Int) {
    self.lanes = lanes
  }

  public func run(on stage: Stage) async throws -> Outcome {
    let board = try await TallyBoard(group: stage.group)
    let window = stage.window()
    async let usage = stage.observe(window)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      for lane in 0..<lanes {
        tasks.addTask { try await run(lane: lane, in: window, on: stage, board) }
      }
      try await tasks.waitForAll()
    }
    let counts = try await board.sum()
    return try await outcome(counts, usage, window)
  }

  private func run(
    lane: Int, in window: Window, on stage: Stage, _ board: TallyBoard
  ) async throws {
    let loops = Array(stage.group.makeIterator())
    let loop = loops[lane % loops.count]
    while NIODeadline.now() < window.until {
      let start = NIODeadline.now()
      do {
        _ = try await stage.dialer.connect(lane, on: loop) { Passer(gone: $0) }
        try await loop.submit {
          board.tally(for: lane).record(from: start, to: .now(), in: window)
        }.get()
      } catch {
        let failures = try await loop.submit {
          board.tally(for: lane).counts.closedEarly += 1
          return board.tally(for: lane).counts.closedEarly
        }.get()
        if failures > 100 { throw error }
      }
    }
  }

  private func outcome(_ counts: Tally.Counts, _ usage: Usage, _ window: Window) -> Outcome {
    let rate = Figure("cycles", Double(counts.counted) / window.seconds, "/s")
    return Outcome(
      scenario: "churn", setting: "\(lanes) lanes",
      figures: [rate] + counts.latency.figures
        + usage.figures(over: window, units: counts.counted, of: "cycle")
        + [Figure("failed", Double(counts.closedEarly), "")])
  }
}

/// Leaves as soon as it is let in.
private final class Passer: ClientRole {
  private let gone: EventLoopPromise<Void>
  private var wasLetIn = false

  init(gone: EventLoopPromise<Void>) {
    self.gone = gone
  }

  func connected(_ line: Line) {
    wasLetIn = true
    line.leave()
  }

  func received(_ packet: SocketPacket, _ line: Line) {}

  func closed(_ reason: LoadError?) {
    if wasLetIn {
      gone.succeed()
    } else {
      gone.fail(reason ?? LoadError(.closed, "the server closed a new connection"))
    }
  }
}
