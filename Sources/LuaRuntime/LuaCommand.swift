import CLua

/// One thing that a script asked the host to do. It points into the isolate's outbox: it is valid
/// until the isolate runs again or its outbox is cleared, and must not be kept.
public struct LuaCommand {
  /// Each case names the fields that it fills besides `kind`.
  public enum Kind: UInt8, Sendable {
    /// Withdrawn; skip it.
    case none = 0
    /// Send an event to `socket`: `body` is the complete args array, `number` the ack id or -1,
    /// `attachments`; `flag`: ``isVolatile``, or it has a ``key``.
    case emit = 1
    /// Answer the ack `number` of `socket` with `body`, an args array, and `attachments`.
    case ack = 2
    /// Send `body` to the sockets of `namespace` in any of `rooms` (all when there is none), but not
    /// to those in any of `exceptRooms`, nor to `socket` (0 leaves nobody out); `attachments`;
    /// `flag` as of `emit`.
    case broadcast = 3
    /// Publish on the channel `name` of `namespace`: `body` is the whole args array, `message` the
    /// part of it that is the message; `attachments`; `flag`: `token` waits for `published`.
    case publish = 4
    /// `socket` joins the room `name`.
    case join = 5
    /// `socket` leaves the room `name`.
    case leave = 6
    /// `socket` subscribes to the channel `name`. With `flag` the client wants positions: `message`
    /// is the one that it has (or empty), `body` the channel as it named it, `ackID` the ack that
    /// the host answers (-1: none), and for a model the first of `rooms` its value as JSON text.
    case subscribe = 7
    /// `socket` leaves the channel `name`.
    case unsubscribe = 8
    /// Disconnect `socket`; `flag`: close its whole connection.
    case disconnect = 9
    /// `socket` is let in.
    case accept = 10
    /// `socket` is refused with the message `name` and `body`, JSON data or empty.
    case refuse = 11
    /// Call `wake(token)` after `duration`.
    case sleep = 12
    /// The ack `ackID` of `socket` is awaited; call `wake(token)` after `duration`.
    case awaitAck = 13
    /// Call `fire(timer)` after `duration`, again and again when `flag`.
    case timerStart = 14
    /// Forget the timer `timer`; with `flag`, the alarm of `token` instead.
    case timerCancel = 15
    /// Log `body` at `level` for `namespace` (empty when it is the app's own).
    case log = 16
    /// A handler named `name` failed for `socket` (0: none), see `failure`.
    case failure = 17
    /// The peer of `socket` broke the protocol as `name` says: close its connection.
    case violation = 18
    /// Answer the request of `socket` with the status `number`, `headers` and `body`; `flag`: a
    /// stream follows.
    case respond = 19
    /// Send `body`, the next bytes of the response, to `socket`.
    case stream = 20
    /// The response to `socket` has ended; `flag`: before it was complete.
    case streamEnd = 21
    /// Pass what is published on the channel `name` of `namespace` to `listener`, for `socket`.
    case listen = 22
    /// `listener` wants no more.
    case unlisten = 23
    /// Keep `number` messages (-1: as configured) of the channel `name` of `namespace` for
    /// `duration` (below 0: as configured); `ackID`: whether they outlive the process (1, 0; -1: as
    /// configured).
    case history = 24
    /// Store `body`, the value of the persistent model `name`, as JSON text.
    case keep = 25
    /// `socket` is present on the channel `name`, under the key `body`; `message` is the meta, a JSON
    /// object.
    case track = 30
    /// `socket` is present on the channel `name` no more.
    case untrack = 31
    /// `socket` wants to be told who is present on the channel `name`.
    case watch = 32
    /// `socket` does not want that any more.
    case unwatch = 33
    /// Ask the nodes that serve the app: `question` of the clients in `rooms` but not in `exceptRooms`
    /// of `namespace`, with `body`, an args array, and `attachments`; `flag`: it may be lost. Answers
    /// count for `duration`; then, or when all are there, call `settled` with `token`. The token 0
    /// wants no answer.
    case ask = 34
    /// The other nodes make the `change` with their clients in `rooms` but not in `exceptRooms` of
    /// `namespace`; `name` is the room that they join or leave.
    case change = 35
    /// Answer the question `number` with `body`, JSON text, and `attachments`; `flag`: that is all of
    /// it. Unless `name` is empty there is no answer, and that is why.
    case answer = 36
  }

  /// Severity of a log command.
  public enum Level: Int64, Sendable {
    case debug = 0
    case info = 1
    case warning = 2
    case error = 3
  }

  let command: UnsafePointer<pg_command>
  let view: pg_outbox_view
  let namespaces: NamespaceNames

  /// The namespace that the command concerns; empty when it concerns none.
  public var namespace: String { namespaces[Int(command.pointee.name_space)] }

  public var kind: Kind { Kind(rawValue: command.pointee.kind) ?? .none }
  public var socket: UInt64 { command.pointee.socket }
  public var number: Int64 { command.pointee.number }
  public var flag: Bool { command.pointee.flag }
  /// What `wake` takes back.
  public var token: UInt64 { UInt64(bitPattern: command.pointee.number) }
  /// What `fire` takes back.
  public var timer: UInt64 { UInt64(bitPattern: command.pointee.number) }
  /// Whether a `history` outlives the process; nil: as configured.
  public var isDurable: Bool? { command.pointee.ack < 0 ? nil : command.pointee.ack == 1 }
  /// What an `ask` asks.
  public var question: LuaQuestion.Kind? { LuaQuestion.Kind(rawValue: command.pointee.code) }
  /// What a `change` changes.
  public var change: LuaChange? { LuaChange(rawValue: command.pointee.code) }
  /// The ack that an `awaitAck` waits for.
  public var ackID: Int64 { command.pointee.ack }
  /// The ack that a client asked for and does not get, because of the error event that this `emit` is.
  public var unansweredAck: Int64? {
    kind == .emit && command.pointee.code == 1 && command.pointee.ack >= 0
      ? command.pointee.ack : nil
  }
  /// Whether an `emit` or `broadcast` may be lost.
  public var isVolatile: Bool { flag && command.pointee.name.length == 0 }
  /// Of the events that an `emit` or `broadcast` with this key sends only the newest counts; nil unless
  /// it has one.
  public var key: [UInt8]? {
    flag && command.pointee.name.length > 0 ? Array(name) : nil
  }
  /// What `deliver` takes back.
  public var listener: UInt64 { UInt64(bitPattern: command.pointee.number) }
  /// Names and values by turns, of a `respond` command.
  public var headers: LuaSpans { rooms }
  public var level: Level { Level(rawValue: command.pointee.number) ?? .info }
  public var duration: Duration { .nanoseconds(Int64(command.pointee.duration * 1e9)) }

  public var name: UnsafeRawBufferPointer { text(command.pointee.name) }
  public var body: UnsafeRawBufferPointer { text(command.pointee.body) }
  /// The message inside the body of a publication; the position of a subscription; the meta of one who
  /// is present.
  public var message: UnsafeRawBufferPointer { text(command.pointee.inner) }

  public var rooms: LuaSpans {
    spans(from: 0, count: command.pointee.room_count, in: view.text)
  }
  public var exceptRooms: LuaSpans {
    spans(from: command.pointee.room_count, count: command.pointee.except_count, in: view.text)
  }
  public var attachments: LuaSpans {
    spans(
      from: command.pointee.room_count + command.pointee.except_count,
      count: command.pointee.attachment_count, in: view.blobs)
  }

  /// The error of a `failure` command; the handler's name is in `name`.
  public var failure: LuaError {
    let traceback = text(command.pointee.inner)
    return LuaError(
      code: LuaError.Code(rawValue: command.pointee.code) ?? .runtime,
      message: String(decoding: body, as: UTF8.self),
      file: rooms.first.map { String(decoding: $0, as: UTF8.self) },
      line: number > 0 ? Int(number) : nil,
      traceback: traceback.isEmpty ? nil : String(decoding: traceback, as: UTF8.self))
  }

  private func text(_ span: pg_span) -> UnsafeRawBufferPointer {
    guard let bytes = view.text else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(start: bytes + Int(span.offset), count: Int(span.length))
  }

  private func spans(
    from first: UInt16, count: UInt16, in bytes: UnsafePointer<UInt8>?
  ) -> LuaSpans {
    LuaSpans(
      spans: view.spans.map { $0 + Int(command.pointee.list) + Int(first) }, count: Int(count),
      bytes: bytes)
  }
}
