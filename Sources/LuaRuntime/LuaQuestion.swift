/// A host as one of several nodes.
public struct LuaNode: Sendable, Equatable {
  /// `perigee.node`, which scripts see as sixteen hexadecimal digits.
  public let id: UInt64
  /// Whether there may be others.
  public let isClustered: Bool

  public init(id: UInt64 = 1, isClustered: Bool = false) {
    self.id = id
    self.isClustered = isClustered
  }
}

/// What a script asks of the nodes that serve its app.
public struct LuaQuestion: Sendable, Equatable {
  public enum Kind: UInt8, Sendable {
    /// Which clients there are.
    case clients = 1
    /// What clients answer to an event.
    case acks = 2
    /// What the handler of an event between nodes returns.
    case server = 3
  }

  public let kind: Kind
  public let namespace: String
  /// Empty: everybody. The id of a socket is a room, too.
  public let rooms: [String]
  public let spared: [String]
  /// How long acks are waited for.
  public let duration: Duration
  /// The event may be lost.
  public let isVolatile: Bool
  /// The array of the event's name and arguments, JSON text.
  public let event: [UInt8]
  public let attachments: [[UInt8]]

  public init(
    kind: Kind, namespace: String, rooms: [String] = [], spared: [String] = [],
    duration: Duration = .zero, isVolatile: Bool = false, event: [UInt8] = [],
    attachments: [[UInt8]] = []
  ) {
    self.kind = kind
    self.namespace = namespace
    self.rooms = rooms
    self.spared = spared
    self.duration = duration
    self.isVolatile = isVolatile
    self.event = event
    self.attachments = attachments
  }

  /// What a command asks; nil unless it is an `ask`.
  public init?(_ command: LuaCommand) {
    guard let kind = command.question else { return nil }
    self.init(
      kind: kind, namespace: command.namespace, rooms: command.rooms.map(String.init(bytes:)),
      spared: command.exceptRooms.map(String.init(bytes:)), duration: command.duration,
      isVolatile: command.flag, event: Array(command.body),
      attachments: command.attachments.map { Array($0) })
  }
}

/// What becomes of clients.
public enum LuaChange: UInt8, Sendable {
  case join = 1
  case leave = 2
  case disconnect = 3
  /// The whole connection ends.
  case close = 4
}

extension String {
  fileprivate init(bytes: UnsafeRawBufferPointer) { self.init(decoding: bytes, as: UTF8.self) }
}
