import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

/// What can happen to an app's isolate. Everything reaches it through its mailbox, in order.
enum IsolateEvent: Sendable {
  /// A client asks to join the socket's namespace; `auth` is the JSON it sent along.
  case connect(Socket, auth: ByteBuffer?)
  /// `payload` is the JSON array of an event's name and arguments.
  case event(Socket, payload: ByteBuffer, attachments: [ByteBuffer], ack: Int?)
  /// Events of one client that came together.
  case events(Socket, EventRun)
  /// A client's answer to an event that asked for one.
  case acknowledge(Socket, id: Int, payload: ByteBuffer, attachments: [ByteBuffer])
  case disconnect(Socket, CloseReason)
  /// The client of a parked socket does not come back.
  case forget(handle: UInt64)
  /// A request for a route of the app.
  case request(RequestExchange)
  /// The client of a request has left.
  case abandon(RequestExchange)
  /// The client of a streamed response has taken so many bytes.
  case drained(RequestExchange, bytes: Int)
  /// Someone outside publishes; `done` is called on any thread with the position, nil when the app does
  /// not run.
  case publish(
    namespace: String, channel: String, message: ByteBuffer,
    done: @Sendable (Result<Position?, PubSubError>) -> Void)
  /// From the engine between nodes.
  case cluster(ClusterEvent)
  /// A worker of the app wants something else kept of a channel.
  case configure(HistoryChange)
  /// What has become of a publication that a handler of the state `life` waits for.
  case published(token: UInt64, life: Int, LuaPublication)
  /// A publication for a script of the state `life` that listens.
  case heard(Publication, listener: UInt64, life: Int)
  /// The time of a suspended handler of the state `life` is over.
  case wake(token: UInt64, life: Int)
  case fire(timer: UInt64, life: Int)
  /// Something about presence is due.
  case presence
  /// A new generation, on which the workers of the app decide together.
  case load(AppSource, LoadBallot)
  /// Changed models are to be stored.
  case keep
  /// The app is gone from the disk, or the host ends: its clients leave, changed models are handed to
  /// the store, nothing runs any more. `done` is called on the isolate's loop.
  case retire(done: @Sendable () -> Void)
}

extension IsolateEvent {
  /// How many events it stands for.
  var weight: Int {
    if case .events(_, let run) = self { run.count } else { 1 }
  }
}

/// What a successful load did.
struct LoadReport: Sendable {
  /// The generation that serves now.
  let generation: Int
  /// The namespaces that it serves.
  let namespaces: [String]
  /// Further namespaces that it serves.
  let patterns: [NamespacePattern]
  let routes: [LuaRoute]
  /// What it declares for pages; nil when it does not run.
  let manifest: PageManifest?
}

extension LoadReport {
  /// Serves nothing.
  static let nothing = LoadReport(
    generation: 0, namespaces: [], patterns: [], routes: [], manifest: nil)

  /// What is known of an app that does not load.
  static func failed(_ source: AppSource) -> LoadReport {
    LoadReport(
      generation: 0, namespaces: source.namespaces, patterns: [], routes: [], manifest: nil)
  }
}
