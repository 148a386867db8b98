/// Why an Engine.IO request is refused; the raw value is the code that the client sees.
public enum EngineError: Int, Error, Sendable, CaseIterable {
  case unknownTransport = 0
  case unknownSession = 1
  case badHandshakeMethod = 2
  case badRequest = 3
  case forbidden = 4
  case unsupportedVersion = 5

  /// The text that official clients know.
  public var message: String {
    switch self {
    case .unknownTransport: "Transport unknown"
    case .unknownSession: "Session ID unknown"
    case .badHandshakeMethod: "Bad handshake method"
    case .badRequest: "Bad request"
    case .forbidden: "Forbidden"
    case .unsupportedVersion: "Unsupported protocol version"
    }
  }

  /// The HTTP status over polling. A refused WebSocket always gets 400.
  public var status: Int { self == .forbidden ? 403 : 400 }

  /// The JSON body over polling.
  ///
  /// - Parameter message: replaces the usual one.
  public func body(message: String? = nil) -> String {
    "{\"code\":\(rawValue),\"message\":\"\(Self.escape(message ?? self.message))\"}"
  }

  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": escaped += "\\\(scalar)"
      case "\u{00}"..<"\u{20}":
        let hex = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
