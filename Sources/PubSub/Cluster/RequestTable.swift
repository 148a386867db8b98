// The questions that a node has put to others and that are not settled: whose answers are expected, and when
// waiting ends. Pure: answers, nodes that go and times come in, what is settled goes out. What is asked and what
// the answers hold is the business of those who ask.

import NIOCore

/// How much may be asked and answered.
public struct RequestLimits: Sendable, Equatable {
  /// Requests that wait for answers at a time.
  public var outstanding = 1_000
  /// The bytes of all answers to one request.
  public var answerBytes = 16 << 20

  public init() {}
}

/// Why a node gave no answer, or not all of it.
public enum Silence: Sendable, Hashable {
  /// It did not answer in time.
  case timeout
  /// It is gone.
  case gone
  /// It said so, or what came of it cannot be used.
  case failed(String)
}

/// The requests of one node, each with what `Asker` remembers of it.
public struct RequestTable<Asker: Sendable>: Sendable {
  /// A request that waits for nobody any more.
  public struct Settled: Sendable {
    public let id: UInt64
    public let asker: Asker
    /// Who gave no answer, in the order of the ids.
    public let silent: [(node: UInt64, silence: Silence)]
  }

  /// What becomes of an answer.
  public enum Reception: Sendable {
    /// Nobody waits for it.
    case ignored
    /// It is to be kept; the last part may settle the request.
    case kept(Asker, Settled?)
    /// It is not to be kept, but it may settle the request.
    case refused(Settled?)
  }

  private struct Entry {
    let id: UInt64
    let asker: Asker
    let due: NIODeadline
    /// The nodes that are expected to answer, and which part of it comes next.
    var expected: [UInt64: UInt32]
    var silent: [UInt64: Silence] = [:]
    var bytes = 0

    var settled: Settled {
      Settled(
        id: id, asker: asker, silent: silent.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    /// Who has not answered will not do so any more.
    var withTimeouts: Entry {
      var entry = self
      for node in expected.keys { entry.silent[node] = .timeout }
      return entry
    }

    /// Why an answer cannot be used; nil if it can.
    func failure(of answer: NodeAnswer, next: UInt32, _ limits: RequestLimits) -> String? {
      if !answer.failure.isEmpty { return answer.failure }
      if answer.part != next { return "incomplete" }
      return bytes > limits.answerBytes ? "too large" : nil
    }
  }

  private let limits: RequestLimits
  private var entries: [UInt64: Entry] = [:]
  private var lastID: UInt64 = 0

  public init(limits: RequestLimits = RequestLimits()) { self.limits = limits }

  /// How many requests wait for answers.
  public var count: Int { entries.count }

  /// Begins a request.
  ///
  /// - Parameter nodes: whose answers are expected; when there is nobody, ``withdraw(_:)`` settles it.
  /// - Returns: its id, never 0 and never given again.
  /// - Throws: ``PubSubError/Code/overdue`` when as many wait as are allowed.
  public mutating func begin(
    _ asker: Asker, expecting nodes: Set<UInt64>, until due: NIODeadline
  ) throws(PubSubError) -> UInt64 {
    guard entries.count < limits.outstanding else {
      throw PubSubError(.overdue, "\(limits.outstanding) requests to other nodes wait already")
    }
    lastID += 1
    entries[lastID] = Entry(
      id: lastID, asker: asker, due: due, expected: Dictionary(nodes.map { ($0, 0) }) { $1 })
    return lastID
  }

  /// Forgets all requests; what they are answered with is ignored.
  public mutating func forgetAll() { entries = [:] }

  /// Settles a request without waiting any longer.
  public mutating func withdraw(_ id: UInt64) -> Settled? {
    entries.removeValue(forKey: id)?.withTimeouts.settled
  }

  /// Takes an answer, or a part of one.
  public mutating func received(_ answer: NodeAnswer) -> Reception {
    guard var entry = entries[answer.id], let next = entry.expected[answer.node] else {
      return .ignored
    }
    entry.bytes += answer.body.readableBytes
    if let failure = entry.failure(of: answer, next: next, limits) {
      entry.expected[answer.node] = nil
      entry.silent[answer.node] = .failed(failure)
      return .refused(keep(entry))
    }
    entry.expected[answer.node] = answer.isLast ? nil : next + 1
    return .kept(entry.asker, keep(entry))
  }

  /// A node is gone: nobody waits for its answers.
  public mutating func nodeDown(_ node: UInt64) -> [Settled] {
    entries.keys.sorted().compactMap { id in
      guard var entry = entries[id], entry.expected.removeValue(forKey: node) != nil else {
        return nil
      }
      entry.silent[node] = .gone
      return keep(entry)
    }
  }

  /// Settles what has waited for long enough.
  public mutating func expire(now: NIODeadline) -> [Settled] {
    let due = entries.values.filter { $0.due <= now }.map(\.id).sorted()
    return due.compactMap { withdraw($0) }
  }

  /// Keeps a request for as long as somebody is expected.
  private mutating func keep(_ entry: Entry) -> Settled? {
    entries[entry.id] = entry.expected.isEmpty ? nil : entry
    return entry.expected.isEmpty ? entry.settled : nil
  }
}
