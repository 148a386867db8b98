import Browser
import NIOCore
import NIOHTTP1
import Transport

extension BrowserScript {
  /// Answers a request for the script; 304 when the browser has this version.
  func response(to request: HTTPRequest) -> HTTPResponse {
    let tag = "\"\(version)\""
    let headers: HTTPHeaders = [
      "content-type": contentType, "etag": tag, "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    ]
    guard request.method == .GET || request.method == .HEAD else {
      return HTTPResponse(status: .methodNotAllowed, headers: ["allow": "GET, HEAD"])
    }
    if request.headers["if-none-match"].contains(tag) {
      return HTTPResponse(status: .notModified, headers: headers)
    }
    return HTTPResponse(status: .ok, headers: headers, body: .bytes(ByteBuffer(bytes: bytes)))
  }
}
