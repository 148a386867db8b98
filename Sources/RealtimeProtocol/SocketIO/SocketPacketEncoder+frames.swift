// Packets that go out as they are, as whole WebSocket frames: what scripts answer and emit. All packets of one
// client are written in one go, by addresses into room that was made before.

import NIOCore

extension SocketPacketEncoder {
  /// A packet without attachments.
  public struct PlainPacket {
    let type: SocketPacketType
    let id: Int?
    let payload: UnsafeRawBufferPointer

    /// - Parameters:
    ///   - type: not a binary one.
    ///   - id: not negative.
    ///   - payload: JSON text; valid while the packet is.
    public init(type: SocketPacketType, id: Int?, payload: UnsafeRawBufferPointer) {
      self.type = type
      self.id = id
      self.payload = payload
    }
  }

  /// The most that stands before a payload, but for its namespace: the header of a frame, two types, a
  /// comma and a number.
  private static let mostBefore = 10 + 2 + 1 + 19

  /// Appends packets of one namespace, each as an Engine.IO message in an unmasked WebSocket frame.
  ///
  /// - Parameters:
  ///   - byteCount: what the payloads take together, or more.
  ///   - packet: tells the packets, in order.
  public static func writeFrames(
    _ count: Int, payloads byteCount: Int, namespace: String, into buffer: inout ByteBuffer,
    _ packet: (Int) -> PlainPacket
  ) {
    var namespace = namespace == "/" ? "" : namespace
    namespace.withUTF8 { namespace in
      let most = byteCount + count * (mostBefore + namespace.count)
      buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: most) { target in
        guard let start = target.baseAddress else { return 0 }
        var end = start
        for index in 0..<count {
          let packet = packet(index)
          let most = mostBefore + namespace.count + packet.payload.count
          precondition(end - start + most <= target.count)
          end += write(packet, UnsafeRawBufferPointer(namespace), at: end)
        }
        return end - start
      }
    }
  }

  /// Appends one packet, as ``writeFrames(_:payloads:namespace:into:_:)`` does.
  /// - Returns: how many bytes were written.
  @discardableResult
  public static func writeFrame(
    type: SocketPacketType, namespace: String, id: Int?, payload: UnsafeRawBufferPointer,
    into buffer: inout ByteBuffer
  ) -> Int {
    let before = buffer.writerIndex
    writeFrames(1, payloads: payload.count, namespace: namespace, into: &buffer) { _ in
      PlainPacket(type: type, id: id, payload: payload)
    }
    return buffer.writerIndex - before
  }

  /// - Returns: how many bytes were written.
  private static func write(
    _ packet: PlainPacket, _ namespace: UnsafeRawBufferPointer, at start: UnsafeMutableRawPointer
  ) -> Int {
    let digits = packet.id.map(digits) ?? 0
    let path = namespace.isEmpty ? 0 : namespace.count + 1
    let length = 2 + path + digits + packet.payload.count
    var target = start + writeFrameHeader(length, at: start)
    target.storeBytes(of: EnginePacketType.message.rawValue, as: UInt8.self)
    target.storeBytes(
      of: UInt8(ascii: "0") + packet.type.rawValue, toByteOffset: 1, as: UInt8.self)
    target += 2
    if let bytes = namespace.baseAddress, path > 0 {
      target.copyMemory(from: bytes, byteCount: namespace.count)
      target.storeBytes(of: UInt8(ascii: ","), toByteOffset: namespace.count, as: UInt8.self)
      target += path
    }
    if let id = packet.id {
      write(id, digits: digits, at: target)
      target += digits
    }
    if let bytes = packet.payload.baseAddress {
      target.copyMemory(from: bytes, byteCount: packet.payload.count)
    }
    return target - start + packet.payload.count
  }

  /// - Returns: its size.
  private static func writeFrameHeader(_ length: Int, at start: UnsafeMutableRawPointer) -> Int {
    let target = UnsafeMutableRawBufferPointer(start: start, count: 10)
    return WebSocketFrameHeader.write(.text, payloadLength: length, into: target)
  }
}
