// The scripts of the host as responses, plain and compressed once for all requests.

import Browser
import NIOCore
import NIOHTTP1
import Transport

/// One browser script, ready to be sent.
struct ServedScript: Sendable {
  private let contentType: String
  private let version: String
  private let plain: ByteBuffer
  private let compressed: ByteBuffer?

  init(_ script: BrowserScript, readable: Bool) {
    let content = readable ? script.readable : script.minified
    contentType = script.contentType
    version = content.version
    plain = ByteBuffer(bytes: content.bytes)
    compressed = try? Gzip.compress(plain)
  }

  /// Answers a request for the script; 304 when the browser has this version.
  func response(to request: HTTPRequest) -> HTTPResponse {
    guard request.method == .GET || request.method == .HEAD else {
      return HTTPResponse(status: .methodNotAllowed, headers: ["allow": "GET, HEAD"])
    }
    let wanted = Gzip.isAccepted(by: request.headers.first(name: "accept-encoding"))
    let zipped = wanted ? compressed : nil
    let tag = "\"\(version)\(zipped == nil ? "" : "-gzip")\""
    var headers: HTTPHeaders = [
      "content-type": contentType, "etag": tag, "cache-control": "no-cache",
      "x-content-type-options": "nosniff", "vary": "Accept-Encoding",
    ]
    if request.headers["if-none-match"].contains(tag) {
      return HTTPResponse(status: .notModified, headers: headers)
    }
    if zipped != nil { headers.add(name: "content-encoding", value: "gzip") }
    return HTTPResponse(status: .ok, headers: headers, body: .bytes(zipped ?? plain))
  }
}

/// All scripts of the host: in development as people read them, else in few bytes.
struct ServedScripts: Sendable {
  private let client: ServedScript
  private let ractive: ServedScript
  /// nil unless the host runs in development.
  private let dev: ServedScript?
  private let clientPaths: Set<String>

  /// - Parameter socketPaths: `/socket.io/` and the like, below which the client is found too.
  init(development: Bool, socketPaths: [String]) {
    client = ServedScript(.client, readable: development)
    ractive = ServedScript(.ractive, readable: development)
    dev = development ? ServedScript(.dev, readable: true) : nil
    let folders = ["/"] + socketPaths
    clientPaths = Set(
      folders.flatMap { ["\($0)socket.io.js", "\($0)socket.io.min.js"] } + [
        BrowserScript.client.path
      ])
  }

  /// The script at a path; nil when there is none.
  subscript(path: String) -> ServedScript? {
    switch path {
    case BrowserScript.ractive.path, "/ractive.min.js": ractive
    case BrowserScript.dev.path: dev
    default: clientPaths.contains(path) ? client : nil
    }
  }
}
