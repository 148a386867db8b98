// Prints what each case allocates in a thousand operations, in order, one line for each:
// `NAME<tab>ALLOCATIONS<tab>OPERATIONS`, the last how many were counted. Names as arguments choose some.
// What is to be counted by other tools happens in the C function `allocations_during`, once a case.

import MicroCases

let chosen = CommandLine.arguments.dropFirst()
for each in MicroCase.all where chosen.isEmpty || chosen.contains(each.name) {
  let allocated = try each.allocations()
  print("\(each.name)\t\(allocated * 1000 / each.repetitions)\t\(each.repetitions)")
}
