// What a server says to one client, from the answer to the upgrade until the end, as a pure state
// machine: bytes in, incidents out. `ClientHandler` feeds it and acts; it never sends anything itself.

import NIOCore

struct Conversation {
  /// Something that the client must act on.
  enum Incident: Equatable {
    /// The Engine.IO session is open: ask for the namespace now.
    case opened
    /// The namespace took the client in.
    case connected
    /// An event, an ack, or a goodbye.
    case packet(SocketPacket)
    /// An Engine.IO ping: answer it.
    case ping
    /// A WebSocket ping: answer it with these bytes.
    case framePing(ByteBuffer)
    /// The server says goodbye.
    case closed
  }

  private enum Phase { case upgrading, opening, joining, live }

  private let prefix: ByteBuffer
  private var phase = Phase.upgrading
  private var decoder = FrameDecoder()

  init(prefix: ByteBuffer) {
    self.prefix = prefix
  }

  /// Takes the next incident off the front of `bytes`, or nothing when more bytes are needed.
  mutating func next(from bytes: inout ByteBuffer) throws(LoadError) -> Incident? {
    if phase == .upgrading {
      guard try readUpgradeAnswer(from: &bytes) else { return nil }
      phase = .opening
    }
    while let frame = try decoder.next(from: &bytes) {
      if let incident = try incident(of: frame) { return incident }
    }
    return nil
  }

  private func readUpgradeAnswer(from bytes: inout ByteBuffer) throws(LoadError) -> Bool {
    let end = bytes.withUnsafeReadableBytes { raw in
      raw.firstRange(of: [0x0D, 0x0A, 0x0D, 0x0A])?.upperBound
    }
    guard let end, let head = bytes.readString(length: end) else { return false }
    guard head.hasPrefix("HTTP/1.1 101") else {
      let line = head.prefix { !$0.isNewline }
      throw LoadError(.refused, "the server answered the upgrade with \(line)")
    }
    return true
  }

  private mutating func incident(of frame: Frame) throws(LoadError) -> Incident? {
    switch frame.opcode {
    case .text: try incident(ofText: frame.payload)
    case .ping: .framePing(frame.payload)
    case .close: .closed
    case .binary, .pong, .continuation: nil
    }
  }

  private mutating func incident(ofText payload: ByteBuffer) throws(LoadError) -> Incident? {
    var text = payload
    switch text.readInteger(as: UInt8.self) {
    case 0x30:
      phase = .joining
      return .opened
    case 0x31: return .closed
    case 0x32: return .ping
    case 0x34: return try incident(ofMessage: &text)
    default: return nil
    }
  }

  private mutating func incident(ofMessage text: inout ByteBuffer) throws(LoadError) -> Incident? {
    let packet = try SocketPacket(parsing: &text, prefix: prefix)
    switch packet.kind {
    case .connect:
      phase = .live
      return .connected
    case .connectError:
      throw LoadError(.refused, "the namespace answered \(String(buffer: packet.body))")
    case .event, .ack, .disconnect:
      return .packet(packet)
    }
  }
}
