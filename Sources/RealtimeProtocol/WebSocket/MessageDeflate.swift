// The negotiation of permessage-deflate (RFC 7692 section 7.1), the server's half. Neither side
// may keep its window between messages: one compressor serves all connections of an event loop,
// and a connection that is idle costs nothing.

/// What a client and this server have agreed about compressed messages.
public struct MessageDeflate: Sendable, Equatable {
  /// The window that this server may use, as a power of two: 9 to 15. The client may use the
  /// largest.
  public let windowBits: Int
  /// Whether the client named a bound for the window, which the answer must repeat.
  private let isWindowBound: Bool

  /// Takes the first acceptable offer.
  ///
  /// - Parameter offers: the values of all `Sec-WebSocket-Extensions` fields of the request.
  /// - Returns: `nil` when none is acceptable, or when the fields are malformed.
  public init?(offers: [String]) {
    guard let extensions = WebSocketExtension.parse(offers) else { return nil }
    for offer in extensions where offer.name == "permessage-deflate" {
      if let accepted = Self(offer.parameters) {
        self = accepted
        return
      }
    }
    return nil
  }

  private init?(_ parameters: [WebSocketExtension.Parameter]) {
    var bits: Int?
    var seen: Set<String> = []
    for (name, value) in parameters {
      guard seen.insert(name).inserted else { return nil }
      switch (name, value) {
      case ("server_no_context_takeover", nil), ("client_no_context_takeover", nil),
        ("client_max_window_bits", nil):
        break
      case ("client_max_window_bits", let value?):
        guard Self.bits(value) != nil else { return nil }
      case ("server_max_window_bits", let value?):
        // zlib has no raw compressor for a window of 256 bytes.
        guard let asked = Self.bits(value), asked > 8 else { return nil }
        bits = asked
      default: return nil
      }
    }
    windowBits = bits ?? 15
    isWindowBound = bits != nil
  }

  private static func bits(_ text: String) -> Int? {
    guard !text.hasPrefix("0"), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let bits = Int(text), (8...15).contains(bits)
    else { return nil }
    return bits
  }

  /// The value of the response's `Sec-WebSocket-Extensions`.
  public var response: String {
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
      + (isWindowBound ? "; server_max_window_bits=\(windowBits)" : "")
  }
}
