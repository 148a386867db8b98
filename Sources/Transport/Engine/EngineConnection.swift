import NIOCore
import RealtimeProtocol

/// One Engine.IO session: a stub.
public final class EngineConnection: @unchecked Sendable {
  public let eventLoop: any EventLoop
  public let id: String
  public let handshake: Handshake

  init(eventLoop: any EventLoop, id: String, handshake: Handshake) {
    self.eventLoop = eventLoop
    self.id = id
    self.handshake = handshake
  }

  public func send(_ message: EncodedMessage) {}
  public func sendText(length: Int, _ write: (inout ByteBuffer) -> Void) {}
  public func sendBinary(_ bytes: ByteBuffer) {}
  public var bufferedBytes: Int { 0 }
  public func close(_ reason: CloseReason) {}
}
