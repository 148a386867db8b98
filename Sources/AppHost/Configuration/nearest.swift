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

/// Levenshtein's distance, one row at a time.
private func editDistance(_ first: String, _ second: String) -> Int {
  let target = Array(second)
  var row = Array(0...target.count)
  for (index, character) in first.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for column in target.indices {
      let substituted = diagonal + (target[column] == character ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(substituted, row[column] + 1, diagonal + 1)
    }
  }
  return row[target.count]
}
