// Request and reply in a closed loop: each connection keeps a fixed number of messages in flight.
// Measures replies per second and the time from sending to the reply.

import NIOCore

/// Sends events and waits for each one's ack or reply event.
public struct EchoScenario: Scenario {
  /// How a server answers.
  public enum Answer: Sendable, Equatable {
    case ack
    /// By an event of this name.
    case event(String)
  }

  public var connections: Int
  public var inFlight: Int
  public var message: MessageTemplate
  public var answer: Answer

  public init(connections: Int, inFlight: Int, message: MessageTemplate, answer: Answer) {
    self.connections = connections
    self.inFlight = inFlight
    self.message = message
    self.answer = answer
  }

  public func run(on stage: Stage) async throws -> Outcome {
    let board = try await TallyBoard(group: stage.group)
    let seats = try await stage.dialer.connectAll(connections) { index, ready in
      Echoer(index: index, scenario: self, tally: board.tally(for: index), ready: ready)
    }
    let window = stage.window()
    let finished = seats.map { seat in
      seat.eventLoop.flatSubmit { seat.value.begin(window) }
    }
    let usage = try await stage.observe(window)
    for future in finished { try await future.get() }
    let counts = try await board.sum()
    for seat in seats { try await seat.visit { $0.leave() } }
    return outcome(counts, usage, window)
  }

  private func outcome(_ counts: Tally.Counts, _ usage: Usage, _ window: Window) -> Outcome {
    let rate = Figure("replies", Double(counts.counted) / window.seconds, "/s")
    return Outcome(
      scenario: "echo",
      setting: "\(connections) connections, \(inFlight) in flight",
      figures: [rate] + counts.latency.figures
        + usage.figures(over: window, units: counts.counted, of: "reply") + counts.faultFigures)
  }
}
