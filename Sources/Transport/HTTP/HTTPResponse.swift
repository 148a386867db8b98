import NIOCore
import NIOHTTP1

/// What answers a request. The connection adds `Content-Length`, `Transfer-Encoding` and `Connection`
/// itself.
public struct HTTPResponse: Sendable {
  /// The bytes behind the head.
  public enum Body: Sendable {
    case none
    case bytes(ByteBuffer)
    /// Part of an open file, sent by the kernel.
    case file(FileSlice)
    /// Written piece by piece after the head.
    case stream(ResponseStream)

    /// Tells the maker that nobody takes the body.
    func discard() {
      if case .stream(let stream) = self { stream.clientLeft() }
    }
  }

  public var status: HTTPResponseStatus
  public var headers: HTTPHeaders
  public var body: Body
  /// The file that this is a version of, if whoever asks for the same target gets it.
  var file: ServedFile?

  /// Whether a body may stand behind the head of a GET's answer (RFC 9110 section 6.4.1).
  var mayHaveBody: Bool { status.mayHaveResponseBody && status != .notModified }

  /// Whether the body goes on for as long as the client listens (HTML standard, server-sent events).
  var isEventStream: Bool {
    headers.first(name: "content-type")?.hasPrefix("text/event-stream") ?? false
  }

  public init(
    status: HTTPResponseStatus, headers: HTTPHeaders = HTTPHeaders(), body: Body = .none
  ) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Says that the same target may lead elsewhere before the file changes: it is the answer only for
  /// want of another.
  public mutating func makeSubstitute() { file = nil }

  /// A response in plain text.
  public static func text(_ text: String, status: HTTPResponseStatus = .ok) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["content-type": "text/plain; charset=utf-8"],
      body: .bytes(ByteBuffer(string: text)))
  }

  /// A response of JSON text that the caller has encoded.
  public static func json(_ json: ByteBuffer, status: HTTPResponseStatus = .ok) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["content-type": "application/json"], body: .bytes(json))
  }

  /// A page.
  public static func html(_ html: String, status: HTTPResponseStatus = .ok) -> HTTPResponse {
    HTTPResponse(
      status: status, headers: ["content-type": "text/html; charset=utf-8"],
      body: .bytes(ByteBuffer(string: html)))
  }

  /// Sends the client to another address.
  public static func redirect(
    to location: String, status: HTTPResponseStatus = .found
  ) -> HTTPResponse {
    HTTPResponse(status: status, headers: ["location": location])
  }
}
