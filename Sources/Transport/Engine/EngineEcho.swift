import NIOCore
import RealtimeProtocol

/// Sends every message back: text as text, binary as binary.
public struct EngineEcho: EngineEndpoint {
  public init() {}

  public func admit(_ handshake: Handshake) -> Admission { .admitted }

  public func open(_ connection: EngineConnection) -> any EngineReceiver {
    EchoReceiver(connection)
  }
}

private final class EchoReceiver: EngineReceiver {
  private unowned let connection: EngineConnection

  init(_ connection: EngineConnection) { self.connection = connection }

  func received(_ message: EngineMessage) {
    switch message {
    case .text(let text):
      connection.sendText(length: text.readableBytes) { $0.writeImmutableBuffer(text) }
    case .binary(let bytes):
      connection.sendBinary(bytes)
    }
  }

  func receivedAll() {}

  func closed(_ reason: CloseReason) {}
}
