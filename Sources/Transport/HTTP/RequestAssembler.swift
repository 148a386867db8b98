// Gathers the parts of one HTTP request after another, within bounds. It owns no channel: the
// connection's handler feeds it parts and does what each step says.

import NIOCore
import NIOHTTP1

/// A request as it came, with its whole body.
struct AssembledRequest {
  let head: HTTPRequestHead
  /// The decoded path.
  let path: String
  let body: ByteBuffer
}

/// Makes requests of parts.
struct RequestAssembler {
  /// What a part brought.
  enum Step {
    case more
    /// The client waits for leave to send its body.
    case expectsContinue
    case request(AssembledRequest)
    /// The request is not acceptable; what follows on its connection has no meaning.
    case refuse(HTTPResponseStatus)
  }

  private var head: HTTPRequestHead?
  private var path = ""
  private var body = ByteBuffer()
  private var limit = 0

  /// Whether a request has begun and is not complete.
  var isReceiving: Bool { head != nil }

  /// - Parameter bodyLimit: the longest body for a path, in bytes.
  mutating func take(_ part: HTTPServerRequestPart, bodyLimit: (String) -> Int) -> Step {
    switch part {
    case .head(let head): begin(head, bodyLimit)
    case .body(var bytes): add(&bytes)
    case .end: finish()
    }
  }

  private mutating func begin(_ head: HTTPRequestHead, _ bodyLimit: (String) -> Int) -> Step {
    guard let path = RequestPath.decode(uri: head.uri) else { return .refuse(.badRequest) }
    if head.version == .http1_1 && head.headers["host"].count != 1 { return .refuse(.badRequest) }
    limit = bodyLimit(path)
    let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
    guard announced <= limit else { return .refuse(.payloadTooLarge) }
    self.head = head
    self.path = path
    body = ByteBuffer()
    let expects = head.headers.first(name: "expect")?.lowercased() == "100-continue"
    return expects && head.version != .http1_0 ? .expectsContinue : .more
  }

  private mutating func add(_ bytes: inout ByteBuffer) -> Step {
    guard body.readableBytes + bytes.readableBytes <= limit else {
      return .refuse(.payloadTooLarge)
    }
    if body.readableBytes == 0 { body = bytes } else { body.writeBuffer(&bytes) }
    return .more
  }

  private mutating func finish() -> Step {
    guard let head = head.take() else { return .more }
    defer { body = ByteBuffer() }
    return .request(AssembledRequest(head: head, path: path, body: body))
  }
}
