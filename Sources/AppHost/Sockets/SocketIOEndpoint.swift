// Serves Socket.IO on one path: admits connections and makes a session for each.

import Atomics
import NIOCore
import RealtimeProtocol
import Transport

/// The Socket.IO side of one socket path. Its sessions hold it.
final class SocketIOEndpoint: EngineEndpoint {
  /// What all sessions of a host share.
  struct Services: Sendable {
    let directory: AppDirectory
    let contexts: LoopContexts
    let allowedHosts: HostRule
    let connectTimeout: TimeAmount
    let maxAttachments: Int
    let namespacesPerConnection: Int
    /// nil admits every handshake.
    let gate: HandshakeGate?
  }

  /// Sessions are numbered through the process, so that an app can tell connections apart.
  private static let numbers = ManagedAtomic<UInt64>(0)

  /// The number of a new connection, on whatever wire.
  static func nextNumber() -> UInt64 {
    numbers.loadThenWrappingIncrement(by: 1, ordering: .relaxed) + 1
  }

  let path: String
  let services: Services

  init(path: String, services: Services) {
    self.path = path
    self.services = services
  }

  func admit(_ handshake: Handshake) -> Admission {
    guard services.allowedHosts.allows(handshake.headers.first(name: "host")) else {
      return .refused(Rejection(message: "Host not allowed"))
    }
    return services.gate?.judge(handshake, contexts: services.contexts) ?? .admitted
  }

  func open(_ connection: EngineConnection) -> any EngineReceiver {
    // The transport runs on the loops that the contexts were made of.
    let context = services.contexts.context(of: connection.eventLoop) ?? services.contexts.all[0]
    return SocketIOSession(
      number: Self.nextNumber(), connection: connection, endpoint: self, context: context)
  }
}
