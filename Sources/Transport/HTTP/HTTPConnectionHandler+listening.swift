// Connections whose client listens to an event stream. As a rule it asks for nothing more, there are
// many of its kind, and what makes requests of bytes takes more memory than all the rest of such a
// connection: it leaves the pipeline, and comes back with the next bytes.

import NIOCore

extension HTTPConnectionHandler {
  /// Does without a decoder soon, unless something may be on its way through it then. Not in the middle of
  /// reading, for there may be more to read; between this turn of the loop and the next nothing is read.
  func stopDecodingLater(_ stream: ResponseStream) {
    loop.eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.stopDecoding(stream) }
  }

  private func stopDecoding(_ stream: ResponseStream) {
    guard let context, case .answering(let exchange) = state, exchange.stream === stream,
      !hasWaitingParts, let readyFiles, readyFiles.hasEndedWithRequest, let decoder
    else { return }
    self.readyFiles = nil
    let pipeline = context.pipeline.syncOperations
    pipeline.removeHandler(readyFiles, promise: nil)
    // Until it has left, what comes is what it has made.
    pipeline.removeHandler(decoder).assumeIsolatedUnsafeUnchecked().whenComplete { _ in
      self.decoder = nil
    }
  }

  /// Has bytes decoded that have come although there was no decoder.
  func resumeDecoding(_ bytes: NIOAny, _ context: ChannelHandlerContext) {
    let decoder = service.configuration.makeRequestDecoder()
    let pipeline = context.pipeline.syncOperations
    do {
      try pipeline.addHandler(decoder, position: .before(self))
      self.decoder = decoder
      decoder.channelRead(context: try pipeline.context(handler: decoder), data: bytes)
    } catch {
      context.close(promise: nil)
    }
  }
}
