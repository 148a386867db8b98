import NIOCore
import RealtimeProtocol

/// A WebSocket frame as a client sends it.
struct ClientFrame {
  var opcode: UInt8
  var payload: [UInt8]
  var isFinal = true
  /// RSV1 is 0x40.
  var reservedBits: UInt8 = 0
  var key: [UInt8]? = [0x37, 0xFA, 0x21, 0x3D]

  static func text(_ text: String, isFinal: Bool = true) -> ClientFrame {
    ClientFrame(opcode: 1, payload: Array(text.utf8), isFinal: isFinal)
  }

  var bytes: [UInt8] {
    var bytes = [(isFinal ? 0x80 : 0) | reservedBits | opcode]
    let mask: UInt8 = key == nil ? 0 : 0x80
    switch payload.count {
    case 0..<126: bytes.append(mask | UInt8(payload.count))
    case 126...0xFFFF:
      bytes.append(mask | 126)
      bytes += [UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default:
      bytes.append(mask | 127)
      bytes += (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
    }
    guard let key else { return bytes + payload }
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 & 3] }
  }
}

/// Everything that a parser made of the reads that it was fed.
struct ParsedFrames: Equatable {
  struct Item: Equatable {
    let opcode: WebSocketOpcode
    let payload: [UInt8]
  }

  var items: [Item] = []
  var violation: ProtocolError.Code?

  /// - Parameter inflate: stands for the inflating of compressed messages, if they are agreed.
  init(
    reads: [ByteBuffer], maxMessageSize: Int = 1_000_000,
    inflate: ((ByteBuffer) throws(ProtocolError) -> ByteBuffer)? = nil
  ) {
    var parser = WebSocketFrameParser(
      maxMessageSize: maxMessageSize, allowsCompression: inflate != nil)
    var batch = WebSocketBatch()
    for read in reads where violation == nil {
      violation = parser.parse(read, into: &batch)?.code
      if let inflate, batch.hasCompressed {
        violation = batch.inflate(inflate)?.code ?? violation
      }
      for index in 0..<batch.count {
        let (opcode, payload) = batch[index]
        items.append(Item(opcode: opcode, payload: Array(buffer: payload)))
      }
      batch.removeAll()
    }
  }

  init(_ bytes: [UInt8], maxMessageSize: Int = 1_000_000) {
    self.init(reads: [ByteBuffer(bytes: bytes)], maxMessageSize: maxMessageSize)
  }

  var texts: [String] { items.map { String(decoding: $0.payload, as: UTF8.self) } }
}
