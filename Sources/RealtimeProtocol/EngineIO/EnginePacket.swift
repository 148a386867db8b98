// Engine.IO packets (protocol v4): a digit that names the type, then data. In a polling payload
// a binary message is `b` and base64 instead; as a WebSocket frame it is the bare bytes.

import NIOCore

/// The type of a text packet; the raw value is its digit on the wire.
public enum EnginePacketType: UInt8, Sendable {
  case open = 0x30
  case close
  case ping
  case pong
  case message
  case upgrade
  case noop
}

/// One packet from a client.
public enum EnginePacket: Sendable, Equatable {
  case message(EngineMessage)
  /// Any other packet with the data behind its digit.
  case control(EnginePacketType, ByteBuffer)

  /// Reads a packet that came as text; `nil` when it has no type or an unknown one.
  public init?(text: ByteBuffer) {
    var data = text
    guard let type = data.readInteger(as: UInt8.self).flatMap(EnginePacketType.init) else {
      return nil
    }
    self = type == .message ? .message(.text(data)) : .control(type, data)
  }
}

/// Packets that servers send, as whole WebSocket frames.
public enum EngineFrame {
  public static let ping = text("2")
  public static let noop = text("6")
  public static let probeAnswer = text("3probe")

  /// The frame of any text packet, its digit included.
  public static func text(_ packet: String) -> ByteBuffer {
    let count = packet.utf8.count
    var buffer = ByteBuffer()
    buffer.reserveCapacity(WebSocketFrameHeader.size(payloadLength: count) + count)
    WebSocketFrameHeader.write(.text, payloadLength: count, into: &buffer)
    buffer.writeString(packet)
    return buffer
  }

  /// The first packet of a session, which tells the client its id and the server's times.
  ///
  /// - Parameter upgrades: whether the session may still move to a WebSocket.
  public static func open(
    sid: String, upgrades: Bool, configuration: EngineConfiguration
  ) -> ByteBuffer {
    let ping = configuration.pingInterval.nanoseconds / 1_000_000
    let timeout = configuration.pingTimeout.nanoseconds / 1_000_000
    return text(
      "0{\"sid\":\"\(sid)\",\"upgrades\":[\(upgrades ? "\"websocket\"" : "")],"
        + "\"pingInterval\":\(ping),\"pingTimeout\":\(timeout),"
        + "\"maxPayload\":\(configuration.maxPayload)}")
  }
}
