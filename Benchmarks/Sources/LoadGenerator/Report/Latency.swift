// How long things took, with three significant digits from a microsecond to a minute.

import Histogram
import NIOCore

struct Latency: Sendable {
  private var histogram = Histogram<UInt64>(
    highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)

  /// A time beyond a minute counts as a minute.
  mutating func record(from start: NIODeadline, to end: NIODeadline) {
    let nanoseconds = UInt64(clamping: (end - start).nanoseconds)
    _ = histogram.record(min(nanoseconds, 60_000_000_000))
  }

  mutating func add(_ other: Latency) {
    histogram.add(other.histogram)
  }

  /// The percentiles that every scenario reports, in milliseconds.
  var figures: [Figure] {
    [("p50", 50.0), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100)].map { name, share in
      Figure(name, Double(histogram.valueAtPercentile(share)) / 1_000_000, "ms")
    }
  }
}
