// Connections that only stay. Measures the server's memory for each of them.

import NIOCore

/// Opens connections, answers heartbeats, and weighs the server's process.
public struct IdleScenario: Scenario {
  public var connections: Int

  public init(connections: Int) {
    self.connections = connections
  }

  public func run(on stage: Stage) async throws -> Outcome {
    let before = try stage.residentBytes()
    let start = NIODeadline.now()
    let seats = try await stage.dialer.connectAll(connections) { _, ready in
      Sitter(ready: ready)
    }
    let opening = Double((NIODeadline.now() - start).nanoseconds) / 1e9
    let window = stage.window()
    let usage = try await stage.observe(window)
    let after = try stage.residentBytes()
    var present = 0
    for seat in seats where try await seat.visit({ $0.isPresent }) { present += 1 }
    for seat in seats { try await seat.visit { $0.leave() } }
    return Outcome(
      scenario: "idle", setting: "\(connections) connections",
      figures: memoryFigures(before, after) + [
        Figure("opened", Double(connections) / opening, "/s"),
        Figure("still connected", Double(present), ""),
      ] + usage.figures(over: window, units: 0, of: "connection"))
  }

  private func memoryFigures(_ before: Int?, _ after: Int?) -> [Figure] {
    guard let before, let after else { return [] }
    return [
      Figure("memory per connection", Double(after - before) / Double(connections) / 1024, "KiB"),
      Figure("server memory", Double(after) / 1_048_576, "MiB"),
    ]
  }
}

extension Stage {
  fileprivate func residentBytes() throws -> Int? {
    try pid.map { try ProcessUsage.sample(pid: $0).residentBytes }
  }
}

/// One connection that says nothing by itself.
private final class Sitter: ClientRole {
  private let ready: EventLoopPromise<Void>
  private var line: Line?

  init(ready: EventLoopPromise<Void>) {
    self.ready = ready
  }

  var isPresent: Bool { line != nil }

  func leave() {
    line?.leave()
    line = nil
  }

  func connected(_ line: Line) {
    self.line = line
    ready.succeed()
  }

  func received(_ packet: SocketPacket, _ line: Line) {}

  func closed(_ reason: LoadError?) {
    ready.fail(reason ?? LoadError(.closed, "the server closed a new connection"))
    line = nil
  }
}
