// Responses on their way out: head and short bodies in one buffer, files piece by piece, the rest
// as streams.

import NIOCore
import NIOHTTP1

extension HTTPConnectionHandler {
  /// Bodies up to this size are copied behind their head.
  static let shortBody = 16 * 1024
  /// Files go out in pieces of this size; a client must take each within the idle timeout.
  private static let filePiece = 256 * 1024

  /// Writes a response and goes on with the connection when it is in the channel's hands.
  func send(_ response: HTTPResponse, for exchange: Exchange) {
    guard let context else { return response.body.discard() }
    if let file = response.file, response.status == .ok { readyFiles?.sends(file) }
    let hasBody = !exchange.isHead && response.mayHaveBody
    var buffer = ByteBuffer()
    switch response.body {
    case .bytes(let bytes) where hasBody && bytes.readableBytes > Self.shortBody:
      writeHead(of: response, for: exchange, into: &buffer)
      context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      send(ResponseStream(of: bytes, on: loop.eventLoop), for: exchange)
    case .bytes(let bytes) where hasBody:
      writeHead(of: response, for: exchange, into: &buffer)
      buffer.writeImmutableBuffer(bytes)
      context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      responded(to: exchange)
    case .file(let slice) where hasBody && slice.length > 0:
      writeHead(of: response, for: exchange, into: &buffer)
      context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      if isSecure {
        send(FileFeeder.stream(of: slice, on: loop.eventLoop), for: exchange)
      } else {
        writeFile(slice, exchange)
      }
    case .stream(let stream) where hasBody:
      var exchange = exchange
      if exchange.isHTTP10 { exchange.isKeptAlive = false }
      writeHead(of: response, for: exchange, into: &buffer)
      context.write(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      send(stream, isChunked: !exchange.isHTTP10, for: exchange)
      if response.isEventStream { stopDecodingLater(stream) }
    case .none, .bytes, .file, .stream:
      writeHead(of: response, for: exchange, into: &buffer)
      context.writeAndFlush(wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
      response.body.discard()
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

  private func writeHead(
    of response: HTTPResponse, for exchange: Exchange, into buffer: inout ByteBuffer
  ) {
    var room = 512
    if case .bytes(let bytes) = response.body, bytes.readableBytes <= Self.shortBody {
      room += bytes.readableBytes
    }
    buffer.reserveCapacity(room)
    var headers = response.headers
    headers.add(contentsOf: exchange.extraHeaders)
    ResponseHead(
      status: response.status, headers: headers, framing: Self.framing(of: response, exchange),
      isKeptAlive: exchange.isKeptAlive, isHTTP10: exchange.isHTTP10
    ).write(into: &buffer)
  }

  private static func framing(
    of response: HTTPResponse, _ exchange: Exchange
  ) -> ResponseHead.Framing {
    guard response.mayHaveBody else { return .unsaid }
    return switch response.body {
    case .none: .length(0)
    case .bytes(let bytes): .length(bytes.readableBytes)
    case .file(let slice): .length(slice.length)
    case .stream: exchange.isHTTP10 ? .unsaid : .chunked
    }
  }

  private func writeFile(_ slice: FileSlice, _ exchange: Exchange) {
    guard let context else { return }
    timer.deadline = .now() + service.configuration.idleTimeout
    let length = min(slice.length, Self.filePiece)
    let piece = FileSlice(file: slice.file, offset: slice.offset, length: length)
    let rest = FileSlice(
      file: slice.file, offset: slice.offset + length, length: slice.length - length)
    let watch = FileWatch(over: piece, on: loop.eventLoop) { context.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.fileRegion(piece.region)))
      .assumeIsolatedUnsafeUnchecked().whenComplete { result in
        watch.end()
        guard case .success = result else { return context.close(promise: nil) }
        if rest.length > 0 {
          self.writeFile(rest, exchange)
        } else {
          withExtendedLifetime(slice.file) { self.responded(to: exchange) }
        }
      }
  }
}
