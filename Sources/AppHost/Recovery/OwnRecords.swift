// What a node has written to its app's log and not read there yet, and what it does after that: all in one
// line, so that a client gets what a handler sends in the order in which it was sent, by whatever way. Pure.

import NIOCore

/// The line behind a node's own records.
struct OwnRecords<Record, Act> {
  /// What is done next.
  enum Step {
    /// The record has its place in the log.
    case kept(Record)
    /// The record is not in the log.
    case lost(Record)
    case act(Act)
  }

  private enum Entry {
    case record(UInt64, Record, isLost: Bool)
    case act(Act)
  }

  /// Begins with a record, unless it is empty.
  private var line = CircularBuffer<Entry>(initialCapacity: 0)
  private var serial: UInt64 = 0

  private var actCount = 0
  private let mostActs: Int

  /// - Parameter mostActs: how many may wait for records.
  init(mostActs: Int = 100_000) { self.mostActs = mostActs }

  /// Whether nothing waits.
  var isEmpty: Bool { line.isEmpty }
  /// The records that may still come back, in the order of writing.
  var written: [Record] {
    line.compactMap { if case .record(_, let record, isLost: false) = $0 { record } else { nil } }
  }

  /// Adds a record.
  /// - Returns: its number among the node's own.
  mutating func write(_ record: Record) -> UInt64 {
    serial += 1
    line.append(.record(serial, record, isLost: false))
    return serial
  }

  /// Adds what waits for all records before it, of which there is one at least.
  /// - Returns: what waits no longer, though its records do: all acts, when there are too many.
  mutating func wait(_ act: Act) -> [Act] {
    line.append(.act(act))
    actCount += 1
    guard actCount > mostActs else { return [] }
    var acts: [Act] = []
    line = line.filter { entry in
      if case .act(let act) = entry { acts.append(act) }
      if case .record = entry { return true } else { return false }
    }
    actCount = 0
    return acts
  }

  /// The record has come back. Those before it that have not never will.
  /// - Returns: nil when the record was given up.
  mutating func returned(_ serial: UInt64) -> [Step]? {
    guard case .record(let first, _, _)? = line.first, first <= serial else { return nil }
    var steps: [Step] = []
    while let entry = line.popFirst() {
      guard case .record(let number, let record, _) = entry else {
        actCount -= 1
        steps.append(Self.step(entry))
        continue
      }
      guard number == serial else {
        steps.append(.lost(record))
        continue
      }
      steps.append(.kept(record))
      break
    }
    return steps + takeReady()
  }

  /// The record will not come back.
  mutating func failed(_ serial: UInt64) -> [Step] {
    guard let index = place(of: serial), case .record(_, let record, _) = line[index] else {
      return []
    }
    line[index] = .record(serial, record, isLost: true)
    return takeReady()
  }

  /// Where a record stands. What fails stands in front when it has waited too long, and behind when nothing
  /// more is taken: it is looked for from the nearer end.
  private func place(of wanted: UInt64) -> CircularBuffer<Entry>.Index? {
    guard case .record(let first, _, _)? = line.first, wanted >= first else { return nil }
    let isWanted = { (entry: Entry) in
      if case .record(let number, _, _) = entry { number == wanted } else { false }
    }
    return wanted - first < serial - wanted
      ? line.firstIndex(where: isWanted) : line.lastIndex(where: isWanted)
  }

  /// No record comes back.
  mutating func giveUp() -> [Step] {
    defer {
      line.removeAll()
      actCount = 0
    }
    return line.map(Self.step)
  }

  /// What stands before the first record that may still come back.
  private mutating func takeReady() -> [Step] {
    var steps: [Step] = []
    while let entry = line.first {
      if case .record(_, _, isLost: false) = entry { break }
      if case .act = entry { actCount -= 1 }
      steps.append(Self.step(entry))
      line.removeFirst()
    }
    return steps
  }

  private static func step(_ entry: Entry) -> Step {
    switch entry {
    case .record(_, let record, _): .lost(record)
    case .act(let act): .act(act)
    }
  }
}
