// The response of one stream: a HEADERS frame, then the body in DATA frames as fast as the client's
// window and its kernel take them. A client that takes nothing is timed; a silent stream is not.

import NIOCore
import NIOHPACK
import NIOHTTP1
import NIOHTTP2

extension HTTP2StreamHandler {
  /// Writes a response.
  func send(_ response: HTTPResponse, for exchange: Exchange) {
    guard let context else { return response.body.discard() }
    var exchange = exchange
    exchange.stream = exchange.isHead ? nil : stream(of: response)
    state = .answering(exchange)
    let headers = HTTP2Frame.FramePayload.headers(
      .init(
        headers: HPACKHeaders(response, extra: exchange.extraHeaders),
        endStream: exchange.stream == nil))
    context.write(wrapOutboundOut(headers), promise: nil)
    exchange.stream?.attach(to: self, on: loop)
    context.flush()
    if exchange.stream == nil {
      response.body.discard()
      finish()
    }
  }

  /// Lets a client that asked first send its body.
  func writeContinue() {
    let payload = HTTP2Frame.FramePayload.headers(.init(headers: [":status": "100"]))
    context?.writeAndFlush(wrapOutboundOut(payload), promise: nil)
  }

  private func stream(of response: HTTPResponse) -> ResponseStream? {
    guard response.mayHaveBody else { return nil }
    switch response.body {
    case .bytes(let bytes) where bytes.readableBytes > 0:
      return ResponseStream(of: bytes, on: loop.eventLoop)
    case .file(let slice) where slice.length > 0:
      return FileFeeder.stream(of: slice, on: loop.eventLoop)
    case .stream(let stream): return stream
    case .none, .bytes, .file: return nil
    }
  }

  /// The end of the response has been written. What the client would still send has no meaning
  /// (RFC 9113 section 8.1).
  private func finish() {
    guard !isInputClosed, let context else { return }
    context.writeAndFlush(wrapOutboundOut(.rstStream(.noError)), promise: nil)
  }

  private func pieceLeft(of stream: ResponseStream, isLast: Bool, _ result: Result<Void, any Error>)
  {
    allow(nil)
    stream.pieceLeft()
    switch result {
    case .success: if isLast { finish() }
    case .failure: context?.close(promise: nil)
    }
  }
}

extension HTTP2StreamHandler: ResponseCarrier {
  func carry(_ piece: OutboundQueue, isLast: Bool) {
    guard let context, case .answering(let exchange) = state, let stream = exchange.stream else {
      return
    }
    var end = ByteBuffer()
    for bytes in piece {
      if end.readableBytes > 0 { context.write(wrapOutboundOut(.data(end)), promise: nil) }
      end = bytes
    }
    context.writeAndFlush(wrapOutboundOut(.data(end, endStream: isLast)))
      .assumeIsolatedUnsafeUnchecked().whenComplete {
        self.pieceLeft(of: stream, isLast: isLast, $0)
      }
    if stream.isCarrying { allow(service.configuration.idleTimeout) }
  }

  func abortBody() { context?.close(promise: nil) }
}

extension HTTP2Frame.FramePayload {
  fileprivate static func data(_ bytes: ByteBuffer, endStream: Bool = false) -> Self {
    .data(.init(data: .byteBuffer(bytes), endStream: endStream))
  }
}
