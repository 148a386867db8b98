import NIOCore
import NIOHPACK
import NIOHTTP1

extension HPACKHeaders {
  /// The head of a response.
  ///
  /// - Parameter extra: fields besides the response's own.
  init(_ response: HTTPResponse, extra: HTTPHeaders) {
    self.init()
    reserveCapacity(response.headers.count + extra.count + 2)
    add(name: ":status", value: "\(response.status.code)")
    add(response.headers)
    add(extra)
    if let length = response.contentLength {
      add(name: "content-length", value: "\(length)", indexing: .nonIndexable)
    }
  }

  /// The head that opens a tunnel, which has no body and so no length (RFC 9110 section 9.3.6).
  init(tunnelling response: HTTPResponse) {
    self.init()
    add(name: ":status", value: "\(response.status.code)")
    add(response.headers)
  }

  private mutating func add(_ headers: HTTPHeaders) {
    for (name, value) in headers where FieldSyntax.isToken(name) {
      let name = name.lowercased()
      guard !Self.connectionFields.contains(name) else { continue }
      add(
        name: name, value: FieldSyntax.harmless(value),
        indexing: name == "set-cookie" ? .neverIndexed : .indexable)
    }
  }

  /// Fields that HTTP/2 does not have (RFC 9113 section 8.2.2), and the one that the body decides.
  private static let connectionFields: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    "content-length",
  ]
}

extension HTTPResponse {
  /// The length of the body, if it is known and there may be one.
  var contentLength: Int? {
    guard mayHaveBody else { return nil }
    return switch body {
    case .none: 0
    case .bytes(let bytes): bytes.readableBytes
    case .file(let slice): slice.length
    case .stream: nil
    }
  }
}
