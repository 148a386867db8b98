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
      HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
  }
}
