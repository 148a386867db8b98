// Responses that are compressed for their one client as they are sent.

import NIOCore
import NIOPosix

extension HTTPResponse {
  /// Longer bodies are compressed on another thread.
  private static let longBody = 64 * 1024

  /// This response, compressed if its body has `threshold` bytes and the client accepts gzip.
  ///
  /// - Parameter acceptEncoding: the request's header of that name.
  func compressed(
    from threshold: Int, for acceptEncoding: String?, on eventLoop: any EventLoop
  ) -> EventLoopFuture<HTTPResponse> {
    guard case .bytes(let body) = body, body.readableBytes >= threshold else {
      return eventLoop.makeSucceededFuture(self)
    }
    var response = self
    response.headers.add(name: "vary", value: "Accept-Encoding")
    guard Gzip.isAccepted(by: acceptEncoding) else {
      return eventLoop.makeSucceededFuture(response)
    }
    guard body.readableBytes > Self.longBody else {
      return eventLoop.makeSucceededFuture(response.withGzipped(body))
    }
    return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { [response] in
      response.withGzipped(body)
    }
  }

  private func withGzipped(_ body: ByteBuffer) -> HTTPResponse {
    guard let compressed = try? Gzip.compress(body), compressed.readableBytes < body.readableBytes
    else { return self }
    var response = self
    response.body = .bytes(compressed)
    response.headers.add(name: "content-encoding", value: "gzip")
    return response
  }
}
