// The publications that this node has sent and their answers, which are given in the order of sending.
// What the link was lost for is looked for in the stream, so that it is not sent twice. Pure.

import NIOCore
import PubSub

/// What was sent and is not answered.
struct Unanswered {
  typealias Answer = Result<Position?, PubSubError>

  private struct Entry {
    let serial: UInt64
    var answer: Answer?

    var isOpen: Bool { answer == nil }
    var position: Position? { (try? answer?.get()).flatMap(\.self) }
  }

  private var entries = CircularBuffer<Entry>()
  /// How many of `entries` are answered before the first that is not.
  private var answeredCount = 0
  /// What was sent to the stream when the link was lost, with its position once that is known.
  private var lost: [UInt64: Position?] = [:]
  private var lastLost: UInt64 = 0

  /// Whether one waits for its position.
  var isWaiting: Bool { answeredCount < entries.count }

  /// One was sent to the stream.
  mutating func append(waiting serial: UInt64) {
    if serial > lastLost { lost = [:] }
    entries.append(Entry(serial: serial, answer: nil))
  }

  /// One is answered, after all before it.
  mutating func append(_ answer: Answer, to serial: UInt64) {
    entries.append(Entry(serial: serial, answer: answer))
    countAnswered()
  }

  /// One of our own came by the stream. Those that were sent before it and did not come never will.
  mutating func arrived(_ serial: UInt64, at position: Position) {
    if lost[serial] != nil { lost[serial] = .some(position) }
    while isWaiting, entries[offset: answeredCount].serial <= serial {
      let isThis = entries[offset: answeredCount].serial == serial
      entries[offset: answeredCount].answer = isThis ? .success(position) : .failure(Self.vanished)
      countAnswered()
    }
  }

  private static var vanished: PubSubError {
    PubSubError(.refused, "the server has lost the publication")
  }

  private mutating func countAnswered() {
    while isWaiting, entries[offset: answeredCount].answer != nil { answeredCount += 1 }
  }

  /// Takes the answers that are due.
  mutating func takeAnswers() -> [Answer] {
    let answers = entries.prefix(answeredCount).compactMap(\.answer)
    entries.removeFirst(answeredCount)
    answeredCount = 0
    return answers
  }

  /// The position of one that was sent over a link that was lost, and is in the stream.
  mutating func recall(_ serial: UInt64) -> Position? {
    lost.removeValue(forKey: serial).flatMap(\.self)
  }

  /// What was sent and not answered will be given again.
  mutating func linkLost() {
    for entry in entries where entry.isOpen || entry.position != nil {
      lost[entry.serial] = .some(entry.position)
      lastLost = Swift.max(lastLost, entry.serial)
    }
    entries.removeAll()
    answeredCount = 0
  }

  /// The stream is another one, where nothing of ours is.
  mutating func forgetLost() { lost = [:] }
}

extension CircularBuffer {
  fileprivate subscript(offset offset: Int) -> Element {
    get { self[index(startIndex, offsetBy: offset)] }
    set { self[index(startIndex, offsetBy: offset)] = newValue }
  }
}
