import LuaRuntime

/// A copy of one command, for comparison after the outbox is cleared.
struct Told: Equatable, CustomStringConvertible {
  var kind: LuaCommand.Kind
  var socket: UInt64 = 0
  var number: Int64 = 0
  var ackID: Int64 = 0
  var flag = false
  var duration: Duration = .zero
  var namespace = ""
  var name = ""
  var body = ""
  var message = ""
  var rooms: [String] = []
  var exceptRooms: [String] = []
  var attachments: [[UInt8]] = []
  var failure: LuaError?

  init(_ command: LuaCommand) {
    kind = command.kind
    socket = command.socket
    number = command.number
    ackID = command.ackID
    flag = command.flag
    duration = command.duration
    namespace = command.namespace
    name = String(decoding: command.name, as: UTF8.self)
    body = String(decoding: command.body, as: UTF8.self)
    message = String(decoding: command.message, as: UTF8.self)
    attachments = command.attachments.map { Array($0) }
    if kind == .failure {
      failure = command.failure
    } else {
      rooms = command.rooms.map { String(decoding: $0, as: UTF8.self) }
      exceptRooms = command.exceptRooms.map { String(decoding: $0, as: UTF8.self) }
    }
  }

  var token: UInt64 { UInt64(bitPattern: number) }
  var timer: UInt64 { token }

  /// The kind and what it says, short enough to compare in one line.
  var description: String {
    switch kind {
    case .emit, .ack, .broadcast, .log: "\(kind) \(body)"
    case .publish: "publish \(name) \(message)"
    case .refuse: body.isEmpty ? "refuse \(name)" : "refuse \(name) \(body)"
    case .track: "track \(name) \(body) \(message)"
    case .untrack, .watch, .unwatch: "\(kind) \(name)"
    case .join, .leave, .subscribe, .unsubscribe, .violation: "\(kind) \(name)"
    case .failure: "failure \(failure.map(\.description) ?? "")"
    default: "\(kind)"
    }
  }
}
