import NIOCore
import NIOHTTP1

/// One complete HTTP request. Its path has been decoded and checked.
public struct HTTPRequest: Sendable {
  public var method: HTTPMethod
  /// The request target as it came, query included.
  public var uri: String
  /// The percent-decoded path: begins with `/`, has no `.` or `..` segment, no NUL, no backslash.
  public var path: String
  public var headers: HTTPHeaders
  public var body: ByteBuffer
  /// The peer's IP address.
  public var remoteAddress: String
  /// Whether the connection is encrypted.
  public var secure: Bool
  /// The event loop of the connection: the responder is called on it.
  public var eventLoop: any EventLoop

  public init(
    method: HTTPMethod, uri: String, path: String, headers: HTTPHeaders, body: ByteBuffer,
    remoteAddress: String, secure: Bool, eventLoop: any EventLoop
  ) {
    self.method = method
    self.uri = uri
    self.path = path
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
    self.secure = secure
    self.eventLoop = eventLoop
  }

  /// The query's names and values, decoded, in order; parsed anew at each access.
  public var query: [(String, String)] { QueryString.parse(uri: uri) }
}
