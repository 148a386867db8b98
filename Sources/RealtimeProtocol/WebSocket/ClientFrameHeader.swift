/// The header of a frame from a client, read but not yet judged (RFC 6455 section 5.2).
struct ClientFrameHeader {
  let isFinal: Bool
  let reservedBits: UInt8
  let opcode: UInt8
  let length: UInt64
  /// Whether the length has the shortest form that it fits in.
  let isMinimal: Bool
  /// The masking key in the order of memory; `nil` when the frame is not masked.
  let key: UInt32?
  /// How many bytes the header takes.
  let size: Int

  /// Reads the header that `bytes` begins with; `nil` when it is not all there.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 2 else { return nil }
    let isMasked = bytes[1] & 0x80 != 0
    let short = bytes[1] & 0x7F
    let lengthSize = short < 126 ? 0 : short == 126 ? 2 : 8
    size = 2 + lengthSize + (isMasked ? 4 : 0)
    guard bytes.count >= size else { return nil }

    isFinal = bytes[0] & 0x80 != 0
    reservedBits = bytes[0] & 0x70
    opcode = bytes[0] & 0x0F
    length =
      switch lengthSize {
      case 0: UInt64(short)
      case 2: UInt64(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
      default: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt64.self))
      }
    isMinimal = lengthSize == 0 || length > (lengthSize == 2 ? 125 : 0xFFFF)
    key =
      isMasked ? bytes.loadUnaligned(fromByteOffset: 2 + lengthSize, as: UInt32.self) : nil
  }
}
