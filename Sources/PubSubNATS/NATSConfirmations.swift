// The publications that were sent on a link and not answered, so that answers go out in the order of the
// publications. Pure: times come in as numbers.

import NIOCore
import PubSub

/// The answers that are owed.
struct NATSConfirmations {
  typealias Answer = Result<Position?, PubSubError>

  private struct Owed {
    let sent: NIODeadline
    var answer: Answer?
    /// Answered as soon as it has left for the server.
    let isLive: Bool
  }

  private var owed = CircularBuffer<Owed>()
  /// The number of the oldest that is owed.
  private var first: UInt64 = 0
  /// All before this number have left.
  private var firstUnwritten: UInt64 = 0

  private var next: UInt64 { first + UInt64(owed.count) }

  /// One that the server answers.
  /// - Returns: its number.
  mutating func addKept(now: NIODeadline) -> UInt64 { add(nil, isLive: false, now: now) }

  /// One that is answered when it has left.
  mutating func addLive(now: NIODeadline) { _ = add(nil, isLive: true, now: now) }

  /// One that is not even sent.
  mutating func addRefused(_ error: PubSubError, now: NIODeadline) {
    _ = add(.failure(error), isLive: false, now: now)
  }

  private mutating func add(_ answer: Answer?, isLive: Bool, now: NIODeadline) -> UInt64 {
    defer { owed.append(Owed(sent: now, answer: answer, isLive: isLive)) }
    return next
  }

  /// All that was added has left for the server.
  mutating func written() { firstUnwritten = next }

  mutating func answer(_ number: UInt64, _ answer: Answer) {
    guard number >= first, number < next else { return }
    let index = owed.index(owed.startIndex, offsetBy: Int(number - first))
    if owed[index].answer == nil { owed[index].answer = answer }
  }

  /// Takes the answers that are there, up to the first that is not.
  mutating func take() -> [Answer] {
    var answers: [Answer] = []
    while let oldest = owed.first {
      let isLiveAndGone = oldest.isLive && first < firstUnwritten
      guard let answer = oldest.answer ?? (isLiveAndGone ? .success(nil) : nil) else { break }
      answers.append(answer)
      owed.removeFirst()
      first += 1
    }
    return answers
  }

  /// When the oldest was sent; nil when none is owed.
  var oldest: NIODeadline? { owed.first?.sent }
}
