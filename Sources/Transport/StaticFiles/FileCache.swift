// Files kept in memory, shared by all event loops. Bounded by bytes: what was used longest ago
// goes first.

import NIOConcurrencyHelpers
import NIOCore

/// The files of one directory that are ready to be sent.
final class FileCache: Sendable {
  private struct Entry {
    let file: ServedFile
    var usedAt: NIODeadline
  }

  private struct State {
    var entries: [String: Entry] = [:]
    var cost = 0
  }

  private let limit: Int
  private let recheckAfter: TimeAmount
  private let state = NIOLockedValueBox(State())

  init(limit: Int, recheckAfter: TimeAmount) {
    self.limit = limit
    self.recheckAfter = recheckAfter
  }

  /// The file at `path`, and whether it must be looked at again before it is sent.
  ///
  /// Of many who ask when the time has come, one is told to look; the others go on with what is
  /// there.
  func find(_ path: String, now: NIODeadline) -> (file: ServedFile, isDue: Bool)? {
    state.withLockedValue { state in
      guard let index = state.entries.index(forKey: path) else { return nil }
      state.entries.values[index].usedAt = now
      let file = state.entries.values[index].file
      let isDue = !file.isFresh(at: now)
      if isDue { file.keepFresh(until: now + recheckAfter) }
      return (file, isDue)
    }
  }

  func insert(_ file: ServedFile, at path: String, now: NIODeadline) {
    state.withLockedValue { state in
      Self.remove(path, from: &state)
      file.keepFresh(until: now + recheckAfter)
      state.entries[path] = Entry(file: file, usedAt: now)
      state.cost += file.cost
      guard state.cost > limit else { return }
      let oldest = state.entries.sorted { $0.value.usedAt < $1.value.usedAt }
      for (key, _) in oldest where key != path && state.cost > limit {
        Self.remove(key, from: &state)
      }
    }
  }

  func remove(_ path: String) {
    state.withLockedValue { Self.remove(path, from: &$0) }
  }

  private static func remove(_ path: String, from state: inout State) {
    guard let entry = state.entries.removeValue(forKey: path) else { return }
    entry.file.withdraw()
    state.cost -= entry.file.cost
  }
}
