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
    #expect(try decoder.next(from: &bytes)?.opcode == .ping)
    #expect(try decoder.next(from: &bytes)?.payload == ByteBuffer(string: "ab"))
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
  func masking(length: Int) throws {
    let payload = ByteBuffer(bytes: (0..<length).map { UInt8(truncatingIfNeeded: $0) })
    var bytes = ByteBuffer()
    FrameEncoder(key: 0x1234_5678).write(.text, payload, into: &bytes)
    #expect(bytes.readInteger(as: UInt8.self) == 0x81)
    let short = try #require(bytes.readInteger(as: UInt8.self))
    #expect(short & 0x80 != 0)
    if short & 0x7F == 126 { bytes.moveReaderIndex(forwardBy: 2) }
    if short & 0x7F == 127 { bytes.moveReaderIndex(forwardBy: 8) }
    let key = try #require(bytes.readBytes(length: 4))
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
