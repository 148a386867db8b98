// Publications to many subscribers in a closed loop: a publication is over when all have it.
// Measures deliveries per second and the time from publishing to each delivery.

import NIOCore

/// Publishes to a channel and checks that every subscriber gets every publication exactly once.
public struct FanOutScenario: Scenario {
  public var subscribers: Int
  public var publishers: Int
  public var inFlight: Int
  /// The event by which a client subscribes; it must be acked.
  public var subscription: MessageTemplate
  /// The event by which a client publishes; whatever reaches subscribers must carry its token.
  public var publication: MessageTemplate

  public init(
    subscribers: Int, publishers: Int, inFlight: Int, subscription: MessageTemplate,
    publication: MessageTemplate
  ) {
    self.subscribers = subscribers
    self.publishers = publishers
    self.inFlight = inFlight
    self.subscription = subscription
    self.publication = publication
  }

  public func run(on stage: Stage) async throws -> Outcome {
    guard publication.hasToken else {
      throw LoadError(.invalidSetting, "a publication needs \(MessageTemplate.placeholder) in it")
    }
    let board = try await TallyBoard(group: stage.group)
    let ledger = Ledger(publishers: publishers, inFlight: inFlight)
    let audience = try await stage.dialer.connectAll(subscribers) { index, ready in
      Subscriber(
        scenario: self, ledger: ledger, tally: board.tally(for: index), ready: ready)
    }
    let speakers = try await stage.dialer.connectAll(publishers) { index, ready in
      Publisher(
        index: index, scenario: self, ledger: ledger, tally: board.tally(for: index), ready: ready)
    }
    let window = stage.window()
    for seat in audience { try await seat.visit { $0.window = window } }
    let finished = speakers.map { seat in
      seat.eventLoop.flatSubmit { seat.value.begin(window) }
    }
    let usage = try await stage.observe(window)
    for future in finished { try await future.get() }
    let counts = try await board.sum()
    for seat in audience { try await seat.visit { $0.leave() } }
    for seat in speakers { try await seat.visit { $0.leave() } }
    return outcome(counts, usage, window)
  }

  private func outcome(_ counts: Tally.Counts, _ usage: Usage, _ window: Window) -> Outcome {
    let rate = Double(counts.counted) / window.seconds
    return Outcome(
      scenario: "fan-out",
      setting: "\(subscribers) subscribers, \(publishers) publishers, \(inFlight) in flight",
      figures: [
        Figure("deliveries", rate, "/s"),
        Figure("publications", rate / Double(subscribers), "/s"),
      ] + counts.latency.figures
        + usage.figures(over: window, units: counts.counted, of: "delivery") + counts.faultFigures)
  }
}
