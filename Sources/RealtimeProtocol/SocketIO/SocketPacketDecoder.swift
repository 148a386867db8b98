// Turns Engine.IO messages into Socket.IO packets (protocol v5): header bytes are parsed, the
// payload is sliced out, binary messages are gathered behind the packet that announced them.
// One decoder serves one connection; after an error it must not be used again.

import NIOCore

/// Decodes the Socket.IO packets of one connection. It never reads JSON.
public struct SocketPacketDecoder: Sendable {
  private let maxAttachments: Int
  private let maxNamespaceLength: Int
  private var incomplete: SocketPacket?
  private var missing = 0

  /// - Parameters:
  ///   - maxAttachments: the most attachments that one packet may announce.
  ///   - maxNamespaceLength: in bytes, with the slash.
  public init(maxAttachments: Int = 10, maxNamespaceLength: Int = 256) {
    self.maxAttachments = maxAttachments
    self.maxNamespaceLength = maxNamespaceLength
  }

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
    guard incomplete == nil else {
      throw ProtocolError(.unexpectedMessage, "text while \(missing) attachments were missing")
    }
    var cursor = PacketCursor(text)
    let type = try cursor.readType()
    let attachments = type.hasAttachments ? try cursor.readAttachmentCount() : 0
    guard attachments <= maxAttachments else {
      throw ProtocolError(
        .tooManyAttachments, "\(attachments) attachments; at most \(maxAttachments) are allowed")
    }
    let packet = SocketPacket(
      type: type, namespace: try cursor.readNamespace(maxLength: maxNamespaceLength),
      id: try cursor.readID(), payload: cursor.rest)
    try check(packet)
    guard attachments > 0 else { return packet }
    incomplete = packet
    missing = attachments
    return nil
  }

  private mutating func addAttachment(
    _ bytes: ByteBuffer
  ) throws(ProtocolError) -> SocketPacket? {
    guard incomplete != nil else {
      throw ProtocolError(.unexpectedMessage, "a binary message that no packet announced")
    }
    incomplete?.attachments.append(bytes)
    missing -= 1
    guard missing == 0 else { return nil }
    defer { incomplete = nil }
    return incomplete
  }

  /// The shape of the payload that each type asks for, judged by its first byte.
  private func check(_ packet: SocketPacket) throws(ProtocolError) {
    let first = packet.payload.flatMap { $0.getInteger(at: $0.readerIndex, as: UInt8.self) }
    let isValid =
      switch packet.type {
      case .connect: first == nil || first == UInt8(ascii: "{")
      case .disconnect: first == nil
      case .event, .binaryEvent: first == UInt8(ascii: "[")
      case .ack, .binaryAck: first == UInt8(ascii: "[") && packet.id != nil
      case .connectError: first == UInt8(ascii: "{") || first == UInt8(ascii: "\"")
      }
    guard isValid else {
      throw ProtocolError(.invalidSocketPacket, "a payload that does not suit \(packet.type)")
    }
  }
}

/// Reads the parts of one packet's header in their order.
private struct PacketCursor {
  private var bytes: ByteBuffer

  init(_ bytes: ByteBuffer) { self.bytes = bytes }

  /// What follows the header; `nil` when nothing does.
  var rest: ByteBuffer? { bytes.readableBytes == 0 ? nil : bytes }

  private var next: UInt8? { bytes.getInteger(at: bytes.readerIndex) }

  mutating func readType() throws(ProtocolError) -> SocketPacketType {
    guard let digit: UInt8 = bytes.readInteger(), digit >= UInt8(ascii: "0"),
      let type = SocketPacketType(rawValue: digit - UInt8(ascii: "0"))
    else { throw ProtocolError(.invalidSocketPacket, "an unknown packet type") }
    return type
  }

  mutating func readAttachmentCount() throws(ProtocolError) -> Int {
    guard let count = try readNumber(), next == UInt8(ascii: "-") else {
      throw ProtocolError(.invalidSocketPacket, "a binary packet without an attachment count")
    }
    bytes.moveReaderIndex(forwardBy: 1)
    return count
  }

  mutating func readNamespace(maxLength: Int) throws(ProtocolError) -> ByteBuffer? {
    guard next == UInt8(ascii: "/") else { return nil }
    let whole = bytes.readableBytesView.prefix { $0 != UInt8(ascii: ",") }
    let path = whole.prefix { $0 != UInt8(ascii: "?") }
    guard path.count <= maxLength else {
      throw ProtocolError(.limitExceeded, "a namespace of more than \(maxLength) bytes")
    }
    let name = bytes.getSlice(at: bytes.readerIndex, length: path.count)
    bytes.moveReaderIndex(forwardBy: min(whole.count + 1, bytes.readableBytes))
    return path.count == 1 ? nil : name
  }

  mutating func readID() throws(ProtocolError) -> Int? { try readNumber() }

  private mutating func readNumber() throws(ProtocolError) -> Int? {
    var value: Int?
    while let byte = next, case let digit = Int(byte) - 0x30, (0...9).contains(digit) {
      let (product, overflowed) = (value ?? 0).multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(digit)
      guard !overflowed, !carried else {
        throw ProtocolError(.limitExceeded, "a number that is too large")
      }
      value = sum
      bytes.moveReaderIndex(forwardBy: 1)
    }
    return value
  }
}
