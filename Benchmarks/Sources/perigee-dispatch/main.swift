// Prints how many events a second the Lua runtime dispatches by itself, and how many objects a second
// its JSON bridge reads and writes: the median of five rounds, or of as many as the first number says.
// With --json as one JSON object of rates.

import LuaRuntime

let arguments = CommandLine.arguments.dropFirst()
let rounds = max(1, arguments.lazy.compactMap { Int($0) }.first ?? 5)
let measures = try (0..<rounds).map { _ in
  try DispatchCase.all.map { try DispatchMeasure($0) }
}
let rates = DispatchCase.all.indices.map { index in
  measures.map { $0[index].eventsPerSecond }.sorted()
}
if arguments.contains("--json") {
  let members = zip(DispatchCase.all, rates).map { kind, rates in
    #""dispatch_\#(kind.name)":{"per_second":\#(Int(rates[rounds / 2]))}"#
  }
  print("{\(members.joined(separator: ","))}")
} else {
  let million = { (rate: Double) in Double(Int(rate / 10_000)) / 100 }
  for (kind, rates) in zip(DispatchCase.all, rates) {
    print(
      "\(kind.name): \(million(rates[rounds / 2])) M events/s, "
        + "\(million(rates[0])) to \(million(rates[rounds - 1]))")
  }
}
