import NIOCore
import RealtimeProtocol

/// What serves the sessions of one path.
public protocol EngineEndpoint: Sendable {
  /// Judges a handshake before its session exists: host, origin, capacity. Called on the event
  /// loop of the request; must not block.
  func admit(_ handshake: Handshake) -> Admission

  /// Takes a new session. Called on `connection.eventLoop`; the handshake packet is queued already.
  func open(_ connection: EngineConnection) -> any EngineReceiver
}

/// What an endpoint thinks of a handshake.
public enum Admission: Sendable {
  case admitted
  case refused(Rejection)
  /// Decided later, on whatever loop; `nil` lets the client in.
  case pending(EventLoopFuture<Rejection?>)
}

/// Why a handshake is refused: status 403 with this as the message of error code 4.
public struct Rejection: Sendable, Equatable {
  public var message: String

  public init(message: String = "Forbidden") { self.message = message }
}

/// The user of one session. All calls come on the connection's event loop.
public protocol EngineReceiver: OutboundKeeper {
  /// Whether ``received(_:)`` with several messages is wanted.
  static var takesRuns: Bool { get }

  /// A message of the client.
  func received(_ message: EngineMessage)

  /// Text messages of the client that came together, unless ``takesRuns`` is false. Who closes the
  /// session at one of them must not look at the others.
  func received(_ run: TextRun)

  /// The end of one read or one POST: what `received` gathered should be handed on.
  func receivedAll()

  /// The session has ended. Exactly once, and nothing comes after.
  func closed(_ reason: CloseReason)
}

extension EngineReceiver {
  public static var takesRuns: Bool { false }

  public func received(_ run: TextRun) {
    for index in 0..<run.count { received(.text(run[index])) }
  }
}
