// The bodies of polling requests and responses: packets joined by the record separator
// (Engine.IO protocol v4, "HTTP long-polling").

import NIOCore

/// Splits a POST body into its packets, one call each.
public struct PollingPayloadDecoder: Sendable {
  private var rest: ByteBuffer
  private var isAtEnd: Bool

  public init(_ body: ByteBuffer) {
    rest = body
    isAtEnd = body.readableBytes == 0
  }

  /// The next packet; `nil` at the end.
  public mutating func next() throws(ProtocolError) -> EnginePacket? {
    guard !isAtEnd else { return nil }
    let view = rest.readableBytesView
    let length =
      view.firstIndex(of: PollingPayload.separator).map { $0 - view.startIndex } ?? view.count
    guard var packet = rest.readSlice(length: length) else { return nil }
    if rest.readableBytes == 0 { isAtEnd = true } else { rest.moveReaderIndex(forwardBy: 1) }

    if packet.getInteger(at: packet.readerIndex, as: UInt8.self) == PollingPayload.binaryMark {
      packet.moveReaderIndex(forwardBy: 1)
      guard let bytes = Base64.decode(packet) else {
        throw ProtocolError(.invalidBase64, "a binary packet that is not base64")
      }
      return .message(.binary(bytes))
    }
    guard let decoded = EnginePacket(text: packet) else {
      throw ProtocolError(.invalidEnginePacket, "a packet without a known type")
    }
    return decoded
  }
}

/// Joins packets to a response body.
public enum PollingPayload {
  static let separator: UInt8 = 0x1E
  static let binaryMark = UInt8(ascii: "b")

  /// Packets that one response carries at most. Python's client refuses a payload of more.
  public static let maxPackets = 16

  /// Appends all packets that `frames` holds.
  public static func append(frames: ByteBuffer, to body: inout ByteBuffer) {
    var frames = frames
    _ = move(.max, framesFrom: &frames, to: &body)
  }

  /// Moves packets from `frames`, whole unmasked WebSocket frames, to `body`: text as it is, binary
  /// as `b` and base64.
  /// - Returns: how many were moved; at most `limit`.
  public static func move(
    _ limit: Int, framesFrom frames: inout ByteBuffer, to body: inout ByteBuffer
  ) -> Int {
    var moved = 0
    while moved < limit,
      let first = frames.getInteger(at: frames.readerIndex, as: UInt8.self),
      let length = WebSocketFrameHeader.payloadLength(ofUnmaskedFrame: frames)
    {
      let size = WebSocketFrameHeader.size(ofUnmaskedFrame: frames)
      guard let payload = frames.getSlice(at: frames.readerIndex + size, length: length) else {
        break
      }
      frames.moveReaderIndex(forwardBy: size + length)
      append(payload, isBinary: first & 0x0F == WebSocketOpcode.binary.rawValue, to: &body)
      moved += 1
    }
    return moved
  }

  /// How many packets `frames`, whole unmasked WebSocket frames, holds; `limit` if it holds more.
  public static func count(upTo limit: Int, in frames: ByteBuffer) -> Int {
    var rest = frames
    var count = 0
    while count < limit, WebSocketFrameHeader.readUnmaskedFrame(from: &rest) != nil { count += 1 }
    return count
  }

  private static func append(
    _ payload: ByteBuffer, isBinary: Bool, to body: inout ByteBuffer
  ) {
    if body.readableBytes > 0 { body.writeInteger(separator) }
    if isBinary {
      body.writeInteger(binaryMark)
      Base64.encode(payload, into: &body)
    } else {
      body.writeImmutableBuffer(payload)
    }
  }
}
