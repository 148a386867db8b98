// The cases as benchmarks of the benchmark package, for their times: `swift package benchmark`.
// Their allocations and instructions have thresholds, which `Benchmarks/micro` checks.

import Benchmark
import MicroCases

let benchmarks: @Sendable () -> Void = {
  let allocations = BenchmarkMetric.custom("Allocations", polarity: .prefersSmaller)
  for each in MicroCase.all {
    Benchmark(
      each.name,
      configuration: .init(
        metrics: [.wallClock, .throughput, allocations],
        scalingFactor: each.repetitions < 1000 ? .one : .kilo, maxDuration: .seconds(1))
    ) { benchmark in
      let operation = try each.prepare()
      benchmark.startMeasurement()
      let count = MicroCase.allocations(benchmark.scaledIterations.count, of: operation)
      benchmark.stopMeasurement()
      benchmark.measurement(allocations, count)
    }
  }
}
