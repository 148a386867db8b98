// What an app's isolate keeps about presence: the table, and which of its clients are to hear of it. Made when
// the app first uses presence; owned by the isolate.

import NIOCore
import PubSub

/// One app's presence on one node.
final class AppPresence {
  /// A client that is to be told who is there, and from then on how that changes.
  struct Newcomer {
    let socket: UInt64
    let channel: PresenceChannel
  }

  var table: PresenceTable
  var newcomers: [Newcomer] = []
  /// How many of this node's clients hear of a channel.
  private var audiences: [PresenceChannel: Int] = [:]
  /// Whether something has happened since the others were last told.
  var isTouched = false
  /// When clients were last told something.
  var toldAt = NIODeadline.distantPast
  /// When the isolate's alarm rings; nil when it is not set.
  var alarmTime: NIODeadline?
  /// Whether the log knows that another node has too many entries.
  var hasWarned = false

  init(table: PresenceTable) { self.table = table }

  /// How often clients are told something, at most: where many come, what happens meanwhile goes together.
  private static let pace = TimeAmount.milliseconds(20)

  /// When they may be told something again.
  var tellTime: NIODeadline { toldAt + Self.pace }

  func hasAudience(_ channel: PresenceChannel) -> Bool { audiences[channel] != nil }

  /// A client wants to hear of a channel.
  func addListener(_ socket: UInt64, to channel: PresenceChannel) {
    audiences[channel, default: 0] += 1
    newcomers.append(Newcomer(socket: socket, channel: channel))
  }

  /// It does not want that any more.
  func removeListener(_ socket: UInt64, from channel: PresenceChannel) {
    newcomers.removeAll { $0.socket == socket && $0.channel == channel }
    let left = (audiences[channel] ?? 0) - 1
    audiences[channel] = left > 0 ? left : nil
  }

  /// No client is left.
  func removeListeners() {
    newcomers = []
    audiences = [:]
  }
}

/// The isolate's side of a client that has to do with presence.
final class PresenceSeat {
  struct Person {
    let key: String
    let meta: String
  }

  /// What it is present as, by channel.
  var tracked: [String: Person] = [:]
  /// The channels of which it hears without being present.
  var watched: Set<String> = []
  /// The channels of which it hears.
  var heard: Set<String> = []

  var channels: Set<String> { watched.union(tracked.keys).union(heard) }

  /// Whether it is to hear of a channel.
  func wants(_ channel: String) -> Bool { tracked[channel] != nil || watched.contains(channel) }
}
