import NIOCore

/// The times and bounds of every Engine.IO session of a server.
public struct EngineConfiguration: Sendable, Equatable {
  /// From the last pong (or the handshake) to the next ping.
  public var pingInterval: TimeAmount
  /// From a ping to the close of a session that has not answered.
  public var pingTimeout: TimeAmount
  /// From the arrival of an upgrading WebSocket to the end of its chance.
  public var upgradeTimeout: TimeAmount
  /// From the handshake to the first Socket.IO namespace; kept by the Socket.IO layer.
  public var connectTimeout: TimeAmount
  /// The longest message or POST body that is accepted, in bytes.
  public var maxPayload: Int

  public init(
    pingInterval: TimeAmount = .milliseconds(25_000),
    pingTimeout: TimeAmount = .milliseconds(20_000),
    upgradeTimeout: TimeAmount = .milliseconds(10_000),
    connectTimeout: TimeAmount = .milliseconds(45_000),
    maxPayload: Int = 1_000_000
  ) {
    self.pingInterval = pingInterval
    self.pingTimeout = pingTimeout
    self.upgradeTimeout = upgradeTimeout
    self.connectTimeout = connectTimeout
    self.maxPayload = maxPayload
  }
}
