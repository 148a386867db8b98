// The streams of channels: giving publications their places, keeping and finding them.

import NIOCore
import PubSub

extension MicroCase {
  static let history = [
    appending("history/append, nothing kept", kept: 0, channels: 1),
    appending("history/append, 100 kept", kept: 100, channels: 1),
    appending("history/append to one of 1,000 channels", kept: 10, channels: 1000),
    recovery,
  ]

  private static func appending(_ name: String, kept: Int, channels: Int) -> MicroCase {
    MicroCase(name, result: 1) {
      var table = streams(keeping: kept)
      let names = (0..<channels).map { "channel:\($0)" }
      var turn = 0
      return {
        turn += 1
        let place = table.append(to: names[turn % channels], bytes: 32, now: now) { $0 }
        return place.offset > 0 ? 1 : 0
      }
    }
  }

  private static let recovery = MicroCase("history/recover 10 of 100", result: 10) {
    var table = streams(keeping: 100)
    for _ in 0..<200 { _ = table.append(to: "channel", bytes: 32, now: now) { $0 } }
    let position = Position(epoch: "micro123", offset: 190)
    return { table.recover("channel", since: position, now: now).missed.count }
  }

  private static let now = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private static func streams(keeping messages: Int) -> HistoryTable<Position> {
    HistoryTable(
      defaults: HistoryLimits(messages: messages, age: .minutes(5)), maxBytes: 1 << 24,
      maxChannels: 100_000, makeEpoch: { "micro123" })
  }
}
