// What the clients of one event loop counted. Shared by their roles, touched on that loop only, and
// added up at the end.

import NIOCore
import NIOPosix

final class Tally {
  /// The numbers themselves, free to leave the loop.
  struct Counts: Sendable {
    var latency = Latency()
    /// Replies, deliveries or cycles inside the window.
    var counted = 0
    /// The same over the whole run.
    var total = 0
    /// Came twice, or was never asked for.
    var unexpected = 0
    /// Was asked for and did not come.
    var lost = 0
    /// Connections that ended before they should.
    var closedEarly = 0

    static func + (left: Counts, right: Counts) -> Counts {
      var sum = left
      sum.latency.add(right.latency)
      sum.counted += right.counted
      sum.total += right.total
      sum.unexpected += right.unexpected
      sum.lost += right.lost
      sum.closedEarly += right.closedEarly
      return sum
    }

    var faultFigures: [Figure] {
      [
        Figure("lost", Double(lost), ""),
        Figure("repeated or unexpected", Double(unexpected), ""),
        Figure("closed early", Double(closedEarly), ""),
      ]
    }
  }

  var counts = Counts()

  /// Counts one completed piece of work.
  func record(from start: NIODeadline, to end: NIODeadline, in window: Window) {
    counts.total += 1
    guard window.contains(end) else { return }
    counts.counted += 1
    counts.latency.record(from: start, to: end)
  }
}

/// One tally per event loop, found by a connection's number.
struct TallyBoard: Sendable {
  private let tallies: [NIOLoopBound<Tally>]

  init(group: MultiThreadedEventLoopGroup) async throws {
    var tallies: [NIOLoopBound<Tally>] = []
    for loop in group.makeIterator() {
      tallies.append(try await loop.submit { NIOLoopBound(Tally(), eventLoop: loop) }.get())
    }
    self.tallies = tallies
  }

  /// The tally of connection `index`; only from that connection's loop, as `Dialer` places it.
  func tally(for index: Int) -> Tally { tallies[index % tallies.count].value }

  func sum() async throws -> Tally.Counts {
    var sum = Tally.Counts()
    for tally in tallies {
      sum = sum + (try await tally.eventLoop.submit { tally.value.counts }.get())
    }
    return sum
  }
}
