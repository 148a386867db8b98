// Connections whose client listens to an event stream. As a rule it asks for nothing more, there are
// many of its kind, and what makes requests of bytes takes more memory than all the rest of such a
// connection: it leaves the pipeline, and comes back with the next bytes.

import NIOCore

extension HTTPConnectionHandler {
  /// Does without a decoder from now on, unless something may be on its way through it.
  func stopDecoding() {
    guard let context, case .answering = state, !hasWaitingParts, let readyFiles,
      readyFiles.hasEndedWithRequest, let decoder = decoder.take()
    else { return }
    self.readyFiles = nil
    let pipeline = context.pipeline.syncOperations
    pipeline.removeHandler(readyFiles, promise: nil)
    pipeline.removeHandler(decoder, promise: nil)
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
