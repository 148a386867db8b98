import LuaRuntime
import NIOCore
import RealtimeProtocol

/// What can happen to an app's isolate. Everything reaches it through its mailbox, in order.
enum IsolateEvent: Sendable {
  /// A client asks to join the socket's namespace; `auth` is the JSON it sent along.
  case connect(Socket, auth: ByteBuffer?)
  /// `payload` is the JSON array of an event's name and arguments.
  case event(Socket, payload: ByteBuffer, attachments: [ByteBuffer], ack: Int?)
  /// A client's answer to an event that asked for one.
  case acknowledge(Socket, id: Int, payload: ByteBuffer, attachments: [ByteBuffer])
  case disconnect(Socket, CloseReason)
  /// The time of a suspended handler is over.
  case wake(token: UInt64)
  case fire(timer: UInt64)
  /// A new generation; `done` is called on the isolate's loop.
  case load(AppSource, done: @Sendable (Result<LoadReport, LuaError>) -> Void)
  /// The app is gone from the disk: its clients leave, nothing runs any more.
  case retire
}

/// What a successful load did.
struct LoadReport: Sendable {
  /// The generation that serves now.
  let generation: Int
  /// The namespaces that it serves.
  let namespaces: [String]
}
