import NIOCore

/// The type of a Socket.IO v5 packet; the raw value is its digit on the wire.
public enum SocketPacketType: UInt8, Sendable, CaseIterable {
  case connect = 0
  case disconnect = 1
  case event = 2
  case ack = 3
  case connectError = 4
  case binaryEvent = 5
  case binaryAck = 6

  /// Whether binary attachments follow the packet.
  public var hasAttachments: Bool { self == .binaryEvent || self == .binaryAck }
}

/// One Socket.IO packet with all its attachments.
///
/// Only the header has been parsed. `payload` has been looked at no further than its first byte:
/// whether it is JSON is for its reader to find out.
public struct SocketPacket: Sendable, Equatable {
  public var type: SocketPacketType
  /// The namespace, as `/chat`, its query part stripped; `nil` is the default namespace `/`.
  public var namespace: ByteBuffer?
  /// The number that joins an event to its ack.
  public var id: Int?
  /// JSON text: an array for events and acks, an object for connect.
  public var payload: ByteBuffer?
  /// What the placeholders of a binary packet stand for, in order.
  public var attachments: [ByteBuffer]

  public init(
    type: SocketPacketType, namespace: ByteBuffer? = nil, id: Int? = nil,
    payload: ByteBuffer? = nil, attachments: [ByteBuffer] = []
  ) {
    self.type = type
    self.namespace = namespace
    self.id = id
    self.payload = payload
    self.attachments = attachments
  }
}
