// Prints how many events a second the Lua runtime dispatches by itself, the median of five rounds, or
// of as many as the first argument says.

import LuaRuntime

let rounds = max(1, CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 5)
let measures = try (0..<rounds).map { _ in try DispatchMeasure.standard() }
for index in measures[0].indices {
  let rates = measures.map { $0[index].eventsPerSecond }.sorted()
  let million = { (rate: Double) in Double(Int(rate / 10_000)) / 100 }
  print(
    "\(measures[0][index].name): \(million(rates[rounds / 2])) M events/s, "
      + "\(million(rates[0])) to \(million(rates[rounds - 1]))")
}
