import NIOCore
import NIOHTTP1
import NIOPosix
import Transport

extension HTTPRequest {
  /// A request as a test needs it. `uri` holds nothing to decode in its path.
  static func test(
    _ method: HTTPMethod = .GET, _ uri: String = "/", headers: HTTPHeaders = [:],
    body: ByteBuffer = ByteBuffer()
  ) -> HTTPRequest {
    HTTPRequest(
      method: method, uri: uri, path: String(uri.prefix { $0 != "?" }), headers: headers,
      body: body, remoteAddress: "192.0.2.1", secure: true,
      eventLoop: MultiThreadedEventLoopGroup.singleton.next())
  }
}
