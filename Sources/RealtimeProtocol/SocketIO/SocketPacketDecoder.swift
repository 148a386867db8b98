// Turns Engine.IO messages into Socket.IO packets (protocol v5): header bytes are parsed, the
// payload is sliced out, binary messages are gathered behind the packet that announced them.
// One decoder serves one connection; after an error it must not be used again.

import NIOCore

/// Decodes the Socket.IO packets of one connection. It never reads JSON.
public struct SocketPacketDecoder: Sendable {
  /// A packet whose attachments are arriving. Boxed: there are many connections and few such packets.
  private final class Incomplete: Sendable {
    let packet: SocketPacket
    let attachments: [ByteBuffer]
    let missing: Int

    init(_ packet: SocketPacket, _ attachments: [ByteBuffer], missing: Int) {
      self.packet = packet
      self.attachments = attachments
      self.missing = missing
    }
  }

  private let maxAttachments: Int
  let maxNamespaceLength: Int
  private var incomplete: Incomplete?

  /// - Parameters:
  ///   - maxAttachments: the most attachments that one packet may announce.
  ///   - maxNamespaceLength: in bytes, with the slash.
  public init(maxAttachments: Int = 10, maxNamespaceLength: Int = 256) {
    self.maxAttachments = maxAttachments
    self.maxNamespaceLength = maxNamespaceLength
  }

  /// Whether attachments of the last packet are missing.
  var isIncomplete: Bool { incomplete != nil }

  /// Takes the next message of the connection.
  ///
  /// - Returns: the packet that this message completes, or `nil` while attachments are missing.
  public mutating func decode(_ message: EngineMessage) throws(ProtocolError) -> SocketPacket? {
    switch message {
    case .text(let text): try decodeText(text)
    case .binary(let bytes): try addAttachment(bytes)
    }
  }

  private mutating func decodeText(
    _ text: ByteBuffer
  ) throws(ProtocolError) -> SocketPacket? {
    if let incomplete {
      throw ProtocolError(
        .unexpectedMessage, "text while \(incomplete.missing) attachments were missing")
    }
    let header = try readHeader(text)
    guard header.attachments <= maxAttachments else {
      throw ProtocolError(
        .tooManyAttachments,
        "\(header.attachments) attachments; at most \(maxAttachments) are allowed")
    }
    var payload = text
    payload.moveReaderIndex(forwardBy: header.payload)
    try check(payload, of: header)
    let start = text.readerIndex + header.namespace.lowerBound
    let packet = SocketPacket(
      type: header.type,
      namespace: header.namespace.isEmpty
        ? nil : text.getSlice(at: start, length: header.namespace.count),
      id: header.id, payload: payload.readableBytes == 0 ? nil : payload)
    guard header.attachments > 0 else { return packet }
    incomplete = Incomplete(packet, [], missing: header.attachments)
    return nil
  }

  private func readHeader(_ text: ByteBuffer) throws(ProtocolError) -> SocketPacketHeader {
    try text.withUnsafeReadableBytes { bytes in
      Result { () throws(ProtocolError) in
        try SocketPacketHeader(bytes, maxNamespaceLength: maxNamespaceLength)
      }
    }.get()
  }

  private mutating func addAttachment(
    _ bytes: ByteBuffer
  ) throws(ProtocolError) -> SocketPacket? {
    guard let begun = incomplete else {
      throw ProtocolError(.unexpectedMessage, "a binary message that no packet announced")
    }
    let attachments = begun.attachments + [bytes]
    guard begun.missing == 1 else {
      incomplete = Incomplete(begun.packet, attachments, missing: begun.missing - 1)
      return nil
    }
    incomplete = nil
    var packet = begun.packet
    packet.attachments = attachments
    return packet
  }

  /// The shape of the payload that each type asks for, judged by its first byte.
  private func check(
    _ payload: ByteBuffer, of header: SocketPacketHeader
  ) throws(ProtocolError) {
    let first = payload.getInteger(at: payload.readerIndex, as: UInt8.self)
    let isValid =
      switch header.type {
      case .connect: first == nil || first == UInt8(ascii: "{")
      case .disconnect: first == nil
      case .event, .binaryEvent: first == UInt8(ascii: "[")
      case .ack, .binaryAck: first == UInt8(ascii: "[") && header.id != nil
      case .connectError: first == UInt8(ascii: "{") || first == UInt8(ascii: "\"")
      }
    guard isValid else {
      throw ProtocolError(.invalidSocketPacket, "a payload that does not suit \(header.type)")
    }
  }
}
