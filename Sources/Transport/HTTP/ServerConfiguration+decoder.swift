import NIOCore
import NIOHTTP1

extension ServerConfiguration {
  /// What makes request parts of a connection's bytes, within the limits of the configuration.
  func makeRequestDecoder() -> HTTPConnectionHandler.Decoder {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = maxHeaderBytes
    limits.maxHeaderListSize = maxHeaderBytes
    limits.maxHeaderFieldCount = maxHeaderFields
    return ByteToMessageHandler(
      HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits),
      maximumBufferSize: maxHeaderBytes + Self.mostUndecoded)
  }

  /// Bytes behind a request for another protocol, until it is known whether that will be spoken.
  private static let mostUndecoded = 1 << 20
}
