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

  private let maxMessageSize: Int
  /// The beginning of a header that the last read cut off.
  private var partialHeader: [UInt8] = []
  private var frame: Frame?
  /// The type of the message that data frames are adding to.
  private var messageOpcode: WebSocketOpcode?
  /// The payload so far of a message that spans frames or reads.
  private var message: ByteBuffer?
  /// The payload so far of a control frame that spans reads.
  private var control: ByteBuffer?
  private var utf8 = UTF8Validator()

  /// - Parameter maxMessageSize: the longest message in bytes, all its fragments together.
  public init(maxMessageSize: Int) { self.maxMessageSize = maxMessageSize }

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
    while true {
      if frame == nil {
        guard let header = nextHeader(&rest) else { return }
        try begin(header)
      }
      guard try readPayload(&rest, into: &batch) else { return }
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
    guard let opcode = messageOpcode else { return }
    let isComplete = current.remaining == 0 && current.isFinal
    if isComplete && message == nil {
      let start = batch.bytes.writerIndex
      let isASCII = current.mask.unmask(piece, into: &batch.bytes)
      try validate(batch.bytes, last: piece.count, isASCII: isASCII, opcode)
      batch.append(opcode, from: start)
    } else {
      var whole = message ?? ByteBuffer()
      message = nil
      let isASCII = current.mask.unmask(piece, into: &whole)
      try validate(whole, last: piece.count, isASCII: isASCII, opcode)
      if isComplete { batch.append(opcode, whole: whole) } else { message = whole }
    }
    guard isComplete else { return }
    guard utf8.isComplete else {
      throw ProtocolError(.invalidUTF8, "a text message that ends inside a character")
    }
    messageOpcode = nil
  }

  private mutating func validate(
    _ buffer: ByteBuffer, last count: Int, isASCII: Bool, _ opcode: WebSocketOpcode
  ) throws(ProtocolError) {
    guard opcode == .text, !(isASCII && utf8.isComplete) else { return }
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
    if current.opcode == .close { try WebSocketClose.check(payload) }
    batch.append(current.opcode, whole: payload)
  }

  // MARK: Headers

  /// Judges a header and makes its frame the current one.
  private mutating func begin(_ header: ClientFrameHeader) throws(ProtocolError) {
    guard header.reservedBits == 0 else { throw violation("a reserved bit is set") }
    guard let opcode = WebSocketOpcode(rawValue: header.opcode) else {
      throw violation("opcode \(header.opcode) is unknown")
    }
    guard let key = header.key else { throw violation("a client's frame is not masked") }
    if opcode.isControl {
      guard header.isFinal, header.length <= 125 else {
        throw violation("a control frame is fragmented or longer than 125 bytes")
      }
    } else {
      try beginData(opcode, length: header.length)
    }
    frame = Frame(
      opcode: opcode, isFinal: header.isFinal, remaining: Int(header.length),
      mask: WebSocketMask(key: key))
  }

  private mutating func beginData(
    _ opcode: WebSocketOpcode, length: UInt64
  ) throws(ProtocolError) {
    guard (opcode == .continuation) == (messageOpcode != nil) else {
      throw violation("a continuation without a message, or a message inside another")
    }
    let before = UInt64(message?.readableBytes ?? 0)
    guard length <= UInt64(maxMessageSize), before + length <= UInt64(maxMessageSize) else {
      throw ProtocolError(.messageTooLarge, "a message of more than \(maxMessageSize) bytes")
    }
    guard opcode != .continuation else { return }
    messageOpcode = opcode
    utf8 = UTF8Validator()
  }

  private func violation(_ message: String) -> ProtocolError {
    ProtocolError(.invalidFrame, message)
  }
}
