extension RandomAccessCollection {
  /// How many elements at the end satisfy a condition that holds for all elements after the first one
  /// that satisfies it. Looks at few of them.
  func countAtEnd(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      let element = self[index(startIndex, offsetBy: middle)]
      if holds(element) { high = middle } else { low = middle + 1 }
    }
    return count - low
  }
}
