// A publication as engines carry it. Engines have no place for who published, so that the bytes begin
// with it; the rest is the business of those who publish.

import NIOCore

/// What was published on a channel, by any node.
public struct EnginePublication: Sendable, Equatable {
  public let channel: String
  /// nil when the channel's history does not hold it.
  public let position: Position?
  /// Which node published, and its how manieth publication it was.
  public let origin: EngineOrigin
  public let message: ByteBuffer

  public init(channel: String, position: Position?, origin: EngineOrigin, message: ByteBuffer) {
    self.channel = channel
    self.position = position
    self.origin = origin
    self.message = message
  }
}

/// Names one publication of one node. A publication that is sent again, because its confirmation was
/// lost, keeps its origin: by that receivers know it.
public struct EngineOrigin: Sendable, Hashable {
  /// A random number for each life of a node's link.
  public let node: UInt64
  /// Counts the node's publications from 1.
  public let serial: UInt64

  public init(node: UInt64, serial: UInt64) {
    self.node = node
    self.serial = serial
  }
}

extension EnginePublication {
  /// The bytes before the message: a version, and the origin in network order.
  private static let version: UInt8 = 1
  public static let headerSize = 17

  /// The bytes that an engine carries.
  public static func encode(_ message: ByteBuffer, from origin: EngineOrigin) -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.reserveCapacity(headerSize + message.readableBytes)
    bytes.writeInteger(version)
    bytes.writeInteger(origin.node)
    bytes.writeInteger(origin.serial)
    bytes.writeImmutableBuffer(message)
    return bytes
  }

  /// Reads what an engine carried; nil when no node wrote it.
  public init?(_ bytes: ByteBuffer, on channel: String, at position: Position?) {
    var bytes = bytes
    guard bytes.readInteger(as: UInt8.self) == Self.version,
      let node = bytes.readInteger(as: UInt64.self), let serial = bytes.readInteger(as: UInt64.self)
    else { return nil }
    self.init(
      channel: channel, position: position, origin: EngineOrigin(node: node, serial: serial),
      message: bytes.slice())
  }
}
