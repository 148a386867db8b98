// Sorts the publications of a stream, read once, into the answers to many requests, for engines whose
// nodes follow one stream of all channels. Pure: times come in as numbers.

import NIOCore

/// The answers to some requests while the stream is read for them.
public struct HistoryReading: Sendable {
  private struct Answer {
    let since: UInt64
    let limits: HistoryLimits?
    var missed: [EnginePublication] = []
    var isRecovered: Bool
  }

  private var answers: [Answer] = []
  private var indices: [String: [Int]] = [:]
  private var serials = OriginFilter()
  private var byteCount = 0
  private let top: Position
  private let now: Int64

  /// What all answers may hold together; a request that needs more is not recovered.
  public static let mostBytes = 64 << 20

  /// - Parameters:
  ///   - top: where the stream stands.
  ///   - now: in milliseconds since 1970.
  public init(_ requests: [EngineRecoveryRequest], top: Position, now: Int64) {
    self.top = top
    self.now = now
    for (index, request) in requests.enumerated() {
      let since = request.since ?? top
      let isKnown = since.epoch == top.epoch && since.offset <= top.offset
      answers.append(Answer(since: since.offset, limits: request.limits, isRecovered: isKnown))
      if request.since != nil && isKnown { indices[request.channel, default: []].append(index) }
    }
  }

  /// Where reading has to begin; nil when nothing has to be read.
  public var start: UInt64? {
    let starts = indices.values.joined().map { answers[$0].since }
    return starts.min().flatMap { $0 < top.offset ? $0 : nil }
  }

  /// Everything up to `offset` is gone.
  public mutating func nothing(upTo offset: UInt64) {
    for index in answers.indices where answers[index].since < offset { fail(index) }
  }

  /// Takes the next publication, in the order of the stream.
  public mutating func take(_ kept: KeptPublication) {
    guard serials.admit(kept.publication.origin),
      let wanting = indices[kept.publication.channel]
    else { return }
    for index in wanting where answers[index].since < kept.offset { add(kept, to: index) }
  }

  private mutating func add(_ kept: KeptPublication, to index: Int) {
    guard answers[index].isRecovered else { return }
    if let limits = answers[index].limits {
      let age = limits.age.nanoseconds / 1_000_000
      guard answers[index].missed.count < limits.messages, kept.time > now - age else {
        return fail(index)
      }
    }
    byteCount += kept.publication.message.readableBytes + EnginePublication.headerSize
    guard byteCount <= Self.mostBytes else { return fail(index) }
    answers[index].missed.append(kept.publication)
  }

  private mutating func fail(_ index: Int) {
    answers[index].isRecovered = false
    answers[index].missed = []
  }

  /// The answers in the order of the requests.
  public var recoveries: [Recovery<EnginePublication>] {
    answers.map { Recovery(isRecovered: $0.isRecovered, missed: $0.missed, top: top) }
  }
}
