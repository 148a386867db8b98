// Responses on their way out: head and short bodies in one buffer, files piece by piece.

import NIOCore
import NIOHTTP1

extension HTTPConnectionHandler {
  /// Bodies up to this size are copied behind their head.
  private static let shortBody = 16 * 1024
  /// Files go out in pieces of this size; a client must take each within the idle timeout.
  private static let filePiece = 256 * 1024

  /// Writes a response and goes on with the connection when it is in the channel's hands.
  func send(_ response: HTTPResponse, for exchange: Exchange) {
    guard let context else { return }
    var buffer = head(of: response, for: exchange)
    switch response.body {
    case .bytes(let bytes) where !exchange.isHead && bytes.readableBytes > Self.shortBody:
      context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      writeAndWait(.byteBuffer(bytes), exchange)
    case .bytes(let bytes) where !exchange.isHead:
      buffer.writeImmutableBuffer(bytes)
      context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      responded(to: exchange)
    case .file(let slice) where !exchange.isHead && slice.length > 0:
      context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      writeFile(slice, exchange)
    case .none, .bytes, .file, .stream:
      context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      responded(to: exchange)
    }
  }

  /// Lets a client that asked first send its body.
  func writeContinue() {
    let line = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
    context?.writeAndFlush(wrapOutboundOut(.byteBuffer(line)), promise: nil)
  }

  /// Ends the connection when all that was written has left.
  func closeAfterWrites() {
    guard let context else { return }
    context.writeAndFlush(wrapOutboundOut(.byteBuffer(ByteBuffer())))
      .assumeIsolatedUnsafeUnchecked().whenComplete { _ in context.close(promise: nil) }
  }

  private func head(of response: HTTPResponse, for exchange: Exchange) -> ByteBuffer {
    let length =
      switch response.body {
      case .none, .stream: 0
      case .bytes(let bytes): bytes.readableBytes
      case .file(let slice): slice.length
      }
    let mayHaveBody = response.status.mayHaveResponseBody || response.status == .notModified
    var headers = response.headers
    headers.add(contentsOf: exchange.extraHeaders)
    var buffer = ByteBuffer()
    buffer.reserveCapacity(512 + (length <= Self.shortBody ? length : 0))
    let isUnsaid = !mayHaveBody || response.status == .notModified
    ResponseHead(
      status: response.status, headers: headers, contentLength: isUnsaid ? nil : length,
      isKeptAlive: exchange.isKeptAlive, isHTTP10: exchange.isHTTP10
    ).write(into: &buffer)
    return buffer
  }

  /// Writes the last of a long response; the next request waits until it has left.
  private func writeAndWait(_ data: IOData, _ exchange: Exchange) {
    guard let context else { return }
    timer.deadline = .now() + service.configuration.idleTimeout
    context.writeAndFlush(wrapOutboundOut(data))
      .assumeIsolatedUnsafeUnchecked().whenSuccess { self.responded(to: exchange) }
  }

  private func writeFile(_ slice: FileSlice, _ exchange: Exchange) {
    guard let context else { return }
    timer.deadline = .now() + service.configuration.idleTimeout
    let length = min(slice.length, Self.filePiece)
    let piece = FileSlice(file: slice.file, offset: slice.offset, length: length)
    let rest = FileSlice(
      file: slice.file, offset: slice.offset + length, length: slice.length - length)
    context.writeAndFlush(wrapOutboundOut(.fileRegion(piece.region)))
      .assumeIsolatedUnsafeUnchecked().whenComplete { result in
        guard case .success = result else { return context.close(promise: nil) }
        if rest.length > 0 {
          self.writeFile(rest, exchange)
        } else {
          withExtendedLifetime(slice.file) { self.responded(to: exchange) }
        }
      }
  }
}
