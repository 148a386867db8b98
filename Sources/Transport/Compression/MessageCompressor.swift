// Compressed WebSocket messages (RFC 7692) of all connections of one event loop. No message leans
// on another, so that one compressor serves all, and a message that many connections are sent in
// one turn of the loop is compressed once.

import NIOCore
import RealtimeProtocol

/// What a server keeps to when it compresses messages for one connection.
struct DeflateTerms: Sendable {
  /// The window that has been agreed, as a power of two.
  let windowBits: Int
  /// Payloads of fewer bytes go as they are.
  let threshold: Int
}

/// Compresses and inflates messages. Isolated to its event loop.
final class MessageCompressor {
  /// A message of this turn, and what it was compressed to, if that was worth it.
  private struct Entry {
    let frame: ByteBuffer
    let windowBits: Int
    let compressed: ByteBuffer?
  }

  /// Messages of one turn that are remembered.
  private static let maxEntries = 8
  /// Dynamic messages want little time more than few bytes.
  private static let level: CInt = 3
  /// What the messages of one channel read may inflate to altogether, at least.
  private static let minReadLimit = 4 << 20

  private unowned let loop: ServerLoop
  private var deflaters: [Int: Deflater] = [:]
  private var inflater: Inflater?
  private var entries: [Entry] = []

  init(loop: ServerLoop) { self.loop = loop }

  // MARK: Sending

  /// Compresses those messages of `frames` that are long enough.
  ///
  /// - Parameters:
  ///   - frames: whole unmasked frames.
  ///   - write: takes what is to be sent, in order.
  func compress(_ frames: ByteBuffer, _ terms: DeflateTerms, write: (ByteBuffer) -> Void) {
    guard frames.readableBytes > terms.threshold else { return write(frames) }
    var rest = frames
    var plain = frames.readerIndex
    while let frame = WebSocketFrameHeader.readUnmaskedFrame(from: &rest) {
      guard let compressed = compressed(frame, terms) else { continue }
      let start = rest.readerIndex - frame.readableBytes
      writeSlice(of: frames, from: plain, to: start, write)
      write(compressed)
      plain = rest.readerIndex
    }
    writeSlice(of: frames, from: plain, to: frames.writerIndex, write)
  }

  private func writeSlice(
    of frames: ByteBuffer, from start: Int, to end: Int, _ write: (ByteBuffer) -> Void
  ) {
    guard start < end, let slice = frames.getSlice(at: start, length: end - start) else { return }
    write(slice)
  }

  private func compressed(_ frame: ByteBuffer, _ terms: DeflateTerms) -> ByteBuffer? {
    guard let (opcode, payload) = WebSocketFrameHeader.message(ofUnmaskedFrame: frame),
      payload.readableBytes >= terms.threshold
    else { return nil }
    let known = entries.first { $0.windowBits == terms.windowBits && $0.frame == frame }
    if let known { return known.compressed }
    let compressed = compress(opcode, payload, terms.windowBits)
    remember(Entry(frame: frame, windowBits: terms.windowBits, compressed: compressed))
    return compressed
  }

  private func compress(
    _ opcode: WebSocketOpcode, _ payload: ByteBuffer, _ windowBits: Int
  ) -> ByteBuffer? {
    // The empty stored block at the end is left out (RFC 7692 section 7.2.1).
    guard let deflated = try? deflater(windowBits).synchronise(payload),
      deflated.readableBytes - 4 < payload.readableBytes,
      let data = deflated.getSlice(at: 0, length: deflated.readableBytes - 4)
    else { return nil }
    var frame = ByteBuffer()
    frame.reserveCapacity(data.readableBytes + 10)
    WebSocketFrameHeader.write(
      opcode, payloadLength: data.readableBytes, isCompressed: true, into: &frame)
    frame.writeImmutableBuffer(data)
    return frame
  }

  private func deflater(_ windowBits: Int) throws(TransportError) -> Deflater {
    if let known = deflaters[windowBits] { return known }
    let deflater = try Deflater(.raw(windowBits: windowBits), level: Self.level)
    deflaters[windowBits] = deflater
    return deflater
  }

  private func remember(_ entry: Entry) {
    if entries.isEmpty { loop.flushLater(self) }
    if entries.count == Self.maxEntries { entries.removeFirst() }
    entries.append(entry)
  }

  // MARK: Receiving

  /// Inflates the compressed messages of one channel read.
  ///
  /// - Returns: the violation that a message turned out to be.
  func inflate(_ batch: inout WebSocketBatch, maxMessageSize: Int) -> ProtocolError? {
    var room = max(Self.minReadLimit, 4 * maxMessageSize)
    return batch.inflate { payload throws(ProtocolError) in
      let message = try readyInflater().inflate(message: payload, limit: min(maxMessageSize, room))
      room -= message.readableBytes
      return message
    }
  }

  private func readyInflater() throws(ProtocolError) -> Inflater {
    if let inflater { return inflater }
    do throws(TransportError) {
      let inflater = try Inflater()
      self.inflater = inflater
      return inflater
    } catch {
      throw ProtocolError(.invalidCompression, error.message, underlying: error)
    }
  }
}

extension MessageCompressor: TurnEnd {
  /// The turn's messages have been written to everybody.
  func flush() { entries.removeAll() }
}
