import NIOCore
import Testing

@testable import LoadGenerator

@Suite struct FrameTests {
  @Test("a frame is read whole, however the network cuts it", arguments: [0, 5, 125, 126, 70_000])
  func drip(length: Int) throws {
    let payload = ByteBuffer(repeating: 0x61, count: length)
    var decoder = FrameDecoder()
    var inbox = ByteBuffer()
    var frames: [Frame] = []
    for byte in serverFrame(.text, payload).readableBytesView {
      inbox.writeInteger(byte)
      if let frame = try decoder.next(from: &inbox) { frames.append(frame) }
    }
    #expect(frames == [Frame(opcode: .text, payload: payload)])
    #expect(inbox.readableBytes == 0)
  }

  @Test("fragments are joined, and a ping between them comes first")
  func fragments() throws {
    var bytes = ByteBuffer(bytes: [0x01, 1, 0x61, 0x89, 0, 0x80, 1, 0x62])
    var decoder = FrameDecoder()
    let ping = try decoder.next(from: &bytes)
    let joined = try decoder.next(from: &bytes)
    #expect(ping?.opcode == .ping)
    #expect(joined?.payload == ByteBuffer(string: "ab"))
  }

  @Test(
    "what a server must not send is refused",
    arguments: [[0x83, 0], [0x81, 0x80], [0xC1, 0], [0x80, 0], [0x01, 0, 0x81, 0]] as [[UInt8]])
  func violations(bytes: [UInt8]) {
    var bytes = ByteBuffer(bytes: bytes)
    var decoder = FrameDecoder()
    #expect(throws: LoadError.self) {
      while try decoder.next(from: &bytes) != nil {}
    }
  }

  @Test("an encoded frame unmasks to its payload", arguments: [0, 1, 7, 8, 9, 125, 126, 70_000])
  func masking(length: Int) {
    let payload = ByteBuffer(bytes: (0..<length).map { UInt8(truncatingIfNeeded: $0) })
    var bytes = ByteBuffer()
    FrameEncoder(key: 0x1234_5678).write(.text, payload, into: &bytes)
    let head = bytes.readBytes(length: 2) ?? []
    #expect(head[0] == 0x81 && head[1] >= 0x80)
    let extra = [0xFE: 2, 0xFF: 8][head[1]] ?? 0
    let key = Array((bytes.readBytes(length: extra + 4) ?? []).suffix(4))
    let plain = bytes.readableBytesView.enumerated().map { $0.element ^ key[$0.offset % 4] }
    #expect(ByteBuffer(bytes: plain) == payload)
  }
}

/// A final, unmasked frame.
func serverFrame(_ opcode: Frame.Opcode, _ payload: ByteBuffer) -> ByteBuffer {
  var bytes = ByteBuffer()
  bytes.writeInteger(0x80 | opcode.rawValue)
  switch payload.readableBytes {
  case ..<126: bytes.writeInteger(UInt8(payload.readableBytes))
  case ...0xFFFF: bytes.writeMultipleIntegers(UInt8(126), UInt16(payload.readableBytes))
  default: bytes.writeMultipleIntegers(UInt8(127), UInt64(payload.readableBytes))
  }
  bytes.writeImmutableBuffer(payload)
  return bytes
}
