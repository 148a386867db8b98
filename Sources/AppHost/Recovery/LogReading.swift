// How far back a log can be read. Engines answer what came after a position, or that this is not kept any
// more, and nobody knows where what is kept begins: this asks from ever further back. Pure.

import PubSub

/// The search for the oldest position from which a log can be read.
struct LogReading {
  private enum Step {
    /// All that ever was.
    case all
    /// So much before the top, and four times as much when that is kept.
    case back(UInt64)
    /// Between what is kept and what is not, for the so manieth time.
    case between(Int)
  }

  /// Where the log stood when it was subscribed to: what is later comes by itself.
  let top: Position
  /// All after this offset is kept.
  private(set) var after: UInt64
  /// What that is.
  private(set) var records: [EnginePublication] = []
  /// Not all after this offset is kept.
  private var gone: UInt64 = 0
  private var step = Step.all

  /// How often the distance between what is kept and what is not is halved.
  private static let mostHalvings = 3

  init(top: Position) {
    self.top = top
    after = top.offset
  }

  /// The offset after which to read next; nil when enough is known.
  var next: UInt64? {
    switch step {
    case .all: after > 0 ? 0 : nil
    case .back(let distance): top.offset - distance
    case .between(let count):
      count < Self.mostHalvings && after - gone > 1 ? gone + (after - gone) / 2 : nil
    }
  }

  /// Takes what ``next`` asked for.
  mutating func read(_ recovery: Recovery<EnginePublication>) {
    guard let offset = next else { return }
    if recovery.isRecovered {
      after = offset
      records = recovery.missed.filter { $0.position.map { $0.offset <= top.offset } ?? false }
    } else {
      gone = offset
    }
    switch step {
    case .all: step = recovery.isRecovered ? .between(Self.mostHalvings) : back(by: 1)
    case .back(let distance):
      let isFar = distance > (top.offset - gone) / 4
      step = recovery.isRecovered && !isFar ? back(by: distance * 4) : .between(0)
    case .between(let count): step = .between(count + 1)
    }
  }

  private func back(by distance: UInt64) -> Step {
    distance < top.offset - gone ? .back(distance) : .between(0)
  }
}
