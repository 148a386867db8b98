import NIOHTTP2

extension Error {
  /// Whether an error that the multiplexer tells has ended one stream only. When in doubt it is the
  /// connection (RFC 9113 section 5.4).
  var concernsOneStream: Bool {
    switch self {
    case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.StreamClosed,
      is NIOHTTP2Errors.CreatedStreamAfterGoaway, is NIOHTTP2Errors.TrailersWithoutEndStream,
      is NIOHTTP2Errors.MaxStreamsViolation:
      true
    case is NIOHTTP2Errors.MissingPseudoHeader, is NIOHTTP2Errors.DuplicatePseudoHeader,
      is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader, is NIOHTTP2Errors.UnknownPseudoHeader,
      is NIOHTTP2Errors.UnsupportedPseudoHeader, is NIOHTTP2Errors.InvalidPseudoHeaders,
      is NIOHTTP2Errors.InvalidPseudoHeaderValue, is NIOHTTP2Errors.EmptyPathHeader,
      is NIOHTTP2Errors.ForbiddenHeaderField, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName,
      is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue:
      true
    case is NIOHTTP2Errors.ContentLengthViolated, is NIOHTTP2Errors.ContentLengthHeadersMismatch,
      is NIOHTTP2Errors.ContentLengthHeaderNegative,
      is NIOHTTP2Errors.ContentLengthHeaderMalformedValue:
      true
    default: false
    }
  }
}
