// What the tables of an app tell one another about presence. All of it may be lost on the way, come twice or
// out of order: the numbers in it let the receiver notice.

/// One of an app's tables, and the node whose end is its end.
public struct PresenceSite: Hashable, Sendable {
  public let node: UInt64
  /// A random number for each life of a table.
  public let table: UInt64

  public init(node: UInt64, table: UInt64) {
    self.node = node
    self.table = table
  }
}

/// How what a table holds has changed.
public enum PresenceChange: Equatable, Sendable {
  case put(PresenceEntry)
  case drop(PresenceRef)
  /// The entry's connection was lost; it stays for the time of grace.
  case lose(PresenceRef)
  /// The lost connection is back.
  case regain(PresenceRef)
}

/// An entry in a table.
public struct HeldPresence: Equatable, Sendable {
  public let entry: PresenceEntry
  /// Whether it is held for a connection that was lost.
  public var isLost: Bool
}

/// A message from one table to all others of the app.
public struct PresenceMessage: Equatable, Sendable {
  public enum Content: Equatable, Sendable {
    /// The changes that lead to the state of this number, from that of the number before.
    case delta(sequence: UInt64, [PresenceChange])
    /// All that the table holds in the state of this number, in several parts counted from 0.
    case state(sequence: UInt64, part: UInt32, parts: UInt32, [HeldPresence])
    /// The number of the present state.
    case digest(sequence: UInt64)
    /// Whoever is this table (0: everybody) is to send its state.
    case request(table: UInt64)
    /// The table ends.
    case goodbye
  }

  public let sender: PresenceSite
  public let content: Content

  public init(from sender: PresenceSite, _ content: Content) {
    self.sender = sender
    self.content = content
  }
}

extension PresenceMessage {
  /// What a message may take before another one is begun.
  static let manyBytes = 128 << 10

  /// Cuts a list into pieces for one message each; an empty list is one empty piece.
  static func pieces<Element>(_ elements: [Element], size: (Element) -> Int) -> [[Element]] {
    var pieces: [[Element]] = [[]]
    var bytes = 0
    for element in elements {
      if bytes > 0, bytes + size(element) > manyBytes {
        pieces.append([])
        bytes = 0
      }
      pieces[pieces.count - 1].append(element)
      bytes += size(element)
    }
    return pieces
  }
}

extension PresenceEntry {
  /// The bytes that it takes in a message, or a few more.
  var size: Int {
    let texts =
      identity.channel.namespace.utf8.count + identity.channel.name.utf8.count
      + identity.key.utf8.count + identity.meta.utf8.count
    return 40 + texts
  }
}

extension PresenceChange {
  /// The bytes that it takes in a message, or a few more.
  var size: Int { if case .put(let entry) = self { entry.size } else { 20 } }
}
