// What every scenario is given: the server, the threads, the time it has, the process to observe.

import Foundation
import NIOCore
import NIOPosix

/// The conditions under which scenarios run.
public struct Stage: Sendable {
  public let target: Target
  /// Traffic before this much time has passed does not count.
  public let warmup: TimeAmount
  /// How long the traffic that counts goes on.
  public let duration: TimeAmount
  /// The server's process, when its CPU time and memory are to be reported.
  public let pid: Int?

  let group: MultiThreadedEventLoopGroup

  /// - Parameter threads: event loops of the generator; one is enough to load a server of one core.
  public init(target: Target, threads: Int, warmup: Double, duration: Double, pid: Int?) {
    self.target = target
    self.warmup = .nanoseconds(Int64(warmup * 1e9))
    self.duration = .nanoseconds(Int64(duration * 1e9))
    self.pid = pid
    self.group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
  }

  public func shutDown() async throws {
    try await group.shutdownGracefully()
  }

  var dialer: Dialer { Dialer(target: target, group: group) }

  /// A window that begins after the warm-up, counted from now.
  func window() -> Window {
    let from = NIODeadline.now() + warmup
    return Window(from: from, until: from + duration, giveUp: from + duration + .seconds(5))
  }

  /// Sleeps through the window and returns what both processes used in it.
  func observe(_ window: Window) async throws -> Usage {
    try await sleep(until: window.from)
    let before = try usage()
    try await sleep(until: window.until)
    return try usage() - before
  }

  func usage() throws -> Usage {
    Usage(
      server: try pid.map { try ProcessUsage.sample(pid: $0).cpuSeconds },
      generator: try ProcessUsage.sample(pid: Int(getpid())).cpuSeconds)
  }

  func sleep(until deadline: NIODeadline) async throws {
    let left = deadline - .now()
    if left > .zero { try await Task.sleep(for: .nanoseconds(left.nanoseconds)) }
  }
}

/// When traffic counts, and when to stop waiting for what is still on its way.
struct Window: Sendable {
  var from: NIODeadline
  var until: NIODeadline
  var giveUp: NIODeadline

  func contains(_ time: NIODeadline) -> Bool { time >= from && time < until }

  var seconds: Double { Double((until - from).nanoseconds) / 1e9 }
}

/// CPU seconds of the server (if it is known) and of the generator.
struct Usage: Sendable {
  var server: Double?
  var generator: Double

  static func - (later: Usage, earlier: Usage) -> Usage {
    var server: Double?
    if let end = later.server, let start = earlier.server { server = end - start }
    return Usage(server: server, generator: later.generator - earlier.generator)
  }

  /// CPU shares over the window, and the server's cost of one unit of work.
  func figures(over window: Window, units: Int, of unit: String) -> [Figure] {
    var figures: [Figure] = []
    if let server {
      figures.append(Figure("server CPU", server / window.seconds * 100, "%"))
      if units > 0 {
        figures.append(Figure("server CPU per \(unit)", server / Double(units) * 1e6, "µs"))
      }
    }
    figures.append(Figure("generator CPU", generator / window.seconds * 100, "%"))
    return figures
  }
}
