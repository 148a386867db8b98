/// The candidate that takes the fewest edits to become `word`, if it is near enough to be a typo.
///
/// Only the last component of a dotted key needs to be near: `server.prot` suggests `server.port`,
/// and so does `prot`.
func nearest(to word: String, in candidates: [String]) -> String? {
  let scored = candidates.map { candidate in
    let last = candidate.split(separator: ".").last.map(String.init) ?? candidate
    return (candidate, min(editDistance(word, candidate), editDistance(word, last)))
  }
  guard let best = scored.min(by: { $0.1 < $1.1 }), best.1 <= max(1, word.count / 3) else {
    return nil
  }
  return best.0
}

/// Levenshtein's distance, where two neighbours that changed places are one edit.
private func editDistance(_ first: String, _ second: String) -> Int {
  let source = Array(first)
  let target = Array(second)
  var rows = [Array(0...target.count)]
  for row in source.indices {
    var next = [row + 1]
    for column in target.indices {
      let same = source[row] == target[column]
      var cost = min(
        rows[row][column] + (same ? 0 : 1), rows[row][column + 1] + 1, next[column] + 1)
      if row > 0, column > 0, source[row] == target[column - 1], source[row - 1] == target[column] {
        cost = min(cost, rows[row - 1][column - 1] + 1)
      }
      next.append(cost)
    }
    rows.append(next)
  }
  return rows[source.count][target.count]
}
