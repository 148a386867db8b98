// Reads the frames of one WebSocket client straight from the bytes of each channel read
// (RFC 6455 section 5): headers, unmasking, fragments, UTF-8, limits. WebSocketHandler feeds it.
// Nothing is kept between reads but the beginning of an incomplete frame or message.

import NIOCore

/// The reading half of a server's WebSocket. After a violation it must not be fed again.
public struct WebSocketFrameParser: Sendable {
  private struct Frame {
    let opcode: WebSocketOpcode
    let isFinal: Bool
    var remaining: Int
    var mask: WebSocketMask
  }

  /// The message that data frames are adding to.
  private struct Message {
    let opcode: WebSocketOpcode
    let isCompressed: Bool

    /// Whether its bytes are UTF-8 as they come.
    var isPlainText: Bool { opcode == .text && !isCompressed }
  }

  private let maxMessageSize: Int
  private let allowsCompression: Bool
  /// The beginning of a header that the last read cut off.
  private var partialHeader: [UInt8] = []
  private var frame: Frame?
  private var message: Message?
  /// The payload so far of a message that spans frames or reads.
  private var whole: ByteBuffer?
  /// The payload so far of a control frame that spans reads.
  private var control: ByteBuffer?
  private var utf8 = UTF8Validator()
  /// Whether the peer has sent a close frame: what follows has no meaning.
  private var isFinished = false

  /// - Parameters:
  ///   - maxMessageSize: the longest message in bytes, all its fragments together.
  ///   - allowsCompression: whether permessage-deflate has been agreed. Compressed messages come
  ///     out as they came; `WebSocketBatch.inflate` is for them.
  public init(maxMessageSize: Int, allowsCompression: Bool = false) {
    self.maxMessageSize = maxMessageSize
    self.allowsCompression = allowsCompression
  }

  /// Takes the bytes of one read and appends what they complete to `batch`.
  ///
  /// - Returns: the violation that ended the parsing; what came before it is in the batch.
  public mutating func parse(
    _ input: ByteBuffer, into batch: inout WebSocketBatch
  ) -> ProtocolError? {
    batch.bytes.reserveCapacity(minimumWritableBytes: input.readableBytes)
    return input.withUnsafeReadableBytes { bytes -> ProtocolError? in
      do throws(ProtocolError) {
        try consume(bytes, into: &batch)
        return nil
      } catch {
        return error
      }
    }
  }

  private mutating func consume(
    _ bytes: UnsafeRawBufferPointer, into batch: inout WebSocketBatch
  ) throws(ProtocolError) {
    var rest = bytes
    while !isFinished {
      if frame == nil {
        if message == nil && partialHeader.isEmpty { takeShortTexts(&rest, into: &batch) }
        guard let header = nextHeader(&rest) else { return }
        try begin(header)
      }
      guard try readPayload(&rest, into: &batch) else { return }
    }
  }

  /// Takes the texts of at most 125 bytes, each in one frame, that come next: nearly all that clients send is
  /// like that. What is not ASCII, or not allowed, is left for closer inspection.
  private func takeShortTexts(
    _ rest: inout UnsafeRawBufferPointer, into batch: inout WebSocketBatch
  ) {
    let longest = Swift.min(125, maxMessageSize)
    batch.writeTexts(from: &rest) { text, target in
      guard text.count >= 6, text[0] == 0x81, text[1] & 0x80 != 0 else { return nil }
      let length = Int(text[1] & 0x7F)
      guard length <= longest, text.count >= 6 + length, let start = text.baseAddress else {
        return nil
      }
      let mask = WebSocketMask(key: text.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
      return mask.unmask(start + 6, length, to: target) ? (frame: 6 + length, text: length) : nil
    }
  }

  private mutating func nextHeader(_ rest: inout UnsafeRawBufferPointer) -> ClientFrameHeader? {
    if partialHeader.isEmpty, let header = ClientFrameHeader(rest) {
      rest = UnsafeRawBufferPointer(rebasing: rest[header.size...])
      return header
    }
    while let byte = rest.first {
      rest = UnsafeRawBufferPointer(rebasing: rest[1...])
      partialHeader.append(byte)
      if let header = partialHeader.withUnsafeBytes(ClientFrameHeader.init) {
        partialHeader = []
        return header
      }
    }
    return nil
  }

  // MARK: Payload

  /// Takes what is there of the current frame's payload; `false` when more must be read.
  private mutating func readPayload(
    _ rest: inout UnsafeRawBufferPointer, into batch: inout WebSocketBatch
  ) throws(ProtocolError) -> Bool {
    guard var current = frame else { return false }
    let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(current.remaining))
    rest = UnsafeRawBufferPointer(rebasing: rest[piece.count...])
    current.remaining -= piece.count
    frame = current.remaining == 0 ? nil : current
    if current.opcode.isControl {
      try addControl(piece, of: &current, to: &batch)
    } else {
      try addData(piece, of: &current, to: &batch)
    }
    if current.remaining > 0 { frame = current }
    return current.remaining == 0
  }

  private mutating func addData(
    _ piece: UnsafeRawBufferPointer, of current: inout Frame, to batch: inout WebSocketBatch
  ) throws(ProtocolError) {
    guard let message else { return }
    let isComplete = current.remaining == 0 && current.isFinal
    if isComplete && whole == nil {
      let start = batch.bytes.writerIndex
      let isASCII = current.mask.unmask(piece, into: &batch.bytes)
      try validate(batch.bytes, last: piece.count, isASCII: isASCII, message)
      try endMessage()
      batch.append(message.opcode, isCompressed: message.isCompressed, from: start)
    } else {
      var bytes = whole.take() ?? ByteBuffer()
      let isASCII = current.mask.unmask(piece, into: &bytes)
      try validate(bytes, last: piece.count, isASCII: isASCII, message)
      if isComplete {
        try endMessage()
        batch.append(message.opcode, isCompressed: message.isCompressed, whole: bytes)
      } else {
        whole = bytes
      }
    }
  }

  private mutating func endMessage() throws(ProtocolError) {
    guard utf8.isComplete else {
      throw ProtocolError(.invalidUTF8, "a text message that ends inside a character")
    }
    message = nil
  }

  private mutating func validate(
    _ buffer: ByteBuffer, last count: Int, isASCII: Bool, _ message: Message
  ) throws(ProtocolError) {
    guard message.isPlainText, !(isASCII && utf8.isComplete) else { return }
    let isValid = buffer.withUnsafeReadableBytes { bytes in
      utf8.consume(UnsafeRawBufferPointer(rebasing: bytes.suffix(count)))
    }
    guard isValid else { throw ProtocolError(.invalidUTF8, "a text message that is not UTF-8") }
  }

  private mutating func addControl(
    _ piece: UnsafeRawBufferPointer, of current: inout Frame, to batch: inout WebSocketBatch
  ) throws(ProtocolError) {
    var payload = control ?? ByteBuffer()
    control = nil
    _ = current.mask.unmask(piece, into: &payload)
    guard current.remaining == 0 else {
      control = payload
      return
    }
    if current.opcode == .close {
      try WebSocketClose.check(payload)
      isFinished = true
    }
    batch.append(current.opcode, isCompressed: false, whole: payload)
  }

  // MARK: Headers

  /// Judges a header and makes its frame the current one.
  private mutating func begin(_ header: ClientFrameHeader) throws(ProtocolError) {
    guard let opcode = WebSocketOpcode(rawValue: header.opcode) else {
      throw violation("opcode \(header.opcode) is unknown")
    }
    guard header.reservedBits == 0 || isCompressed(header, opcode) else {
      throw violation("a reserved bit is set")
    }
    guard let key = header.key else { throw violation("a client's frame is not masked") }
    guard header.isMinimal, header.length <= UInt64(Int64.max) else {
      throw violation("a length that is not in its shortest form, or beyond what is allowed")
    }
    if opcode.isControl {
      guard header.isFinal, header.length <= 125 else {
        throw violation("a control frame is fragmented or longer than 125 bytes")
      }
    } else {
      try beginData(header, opcode)
    }
    frame = Frame(
      opcode: opcode, isFinal: header.isFinal, remaining: Int(header.length),
      mask: WebSocketMask(key: key))
  }

  private mutating func beginData(
    _ header: ClientFrameHeader, _ opcode: WebSocketOpcode
  ) throws(ProtocolError) {
    guard (opcode == .continuation) == (message != nil) else {
      throw violation("a continuation without a message, or a message inside another")
    }
    let before = UInt64(whole?.readableBytes ?? 0)
    let limit = UInt64(maxMessageSize)
    guard header.length <= limit, before + header.length <= limit else {
      throw ProtocolError(.messageTooLarge, "a message of more than \(maxMessageSize) bytes")
    }
    guard opcode != .continuation else { return }
    message = Message(opcode: opcode, isCompressed: isCompressed(header, opcode))
    utf8 = UTF8Validator()
  }

  /// Whether the first frame of a compressed message is marked as such (RFC 7692 section 6).
  private func isCompressed(_ header: ClientFrameHeader, _ opcode: WebSocketOpcode) -> Bool {
    header.reservedBits == 0x40 && allowsCompression && (opcode == .text || opcode == .binary)
  }

  private func violation(_ message: String) -> ProtocolError {
    ProtocolError(.invalidFrame, message)
  }
}
