// A file ready to be sent: its bytes or an open descriptor, and the headers of each
// representation, made once.

import Atomics
import NIOCore
import NIOHTTP1

/// One version of one file.
final class ServedFile: Sendable {
  /// The bytes of one representation and the headers that go with them.
  struct Representation: Sendable {
    let body: HTTPResponse.Body
    let length: Int
    let entityTag: String
    let headers: HTTPHeaders
    /// The whole answer to a GET of HTTP/1.1 without conditions; `nil` if the bytes are not in memory.
    let ready: ReadyResponse?

    /// Bytes in memory: `body` is the end of `ready`.
    init(bytes: ByteBuffer, entityTag: String, headers: HTTPHeaders) {
      length = bytes.readableBytes
      self.entityTag = entityTag
      self.headers = headers
      var whole = ByteBuffer()
      whole.reserveCapacity(length + 512)
      ResponseHead(
        status: .ok, headers: headers, framing: .length(length), isKeptAlive: true, isHTTP10: false
      ).write(into: &whole)
      let start = whole.writerIndex
      whole.writeImmutableBuffer(bytes)
      body = .bytes(whole.getSlice(at: start, length: length) ?? bytes)
      ready = ReadyResponse(whole)
    }

    /// A whole file on the disk.
    init(file: OpenFile, size: Int, entityTag: String, headers: HTTPHeaders) {
      body = .file(FileSlice(file: file, offset: 0, length: size))
      length = size
      self.entityTag = entityTag
      self.headers = headers
      ready = nil
    }

    var cost: Int { ready?.isLong == true ? 2 * length : length }
  }

  let stamp: FileStamp
  let lastModified: String
  let identity: Representation
  /// What clients get that accept gzip; only if it is shorter.
  let gzip: Representation?
  /// What answers for a page that is made anew for each request.
  let dynamicPage: (any DynamicPage)?
  /// When the disk must be looked at again, in nanoseconds of the uptime; zero for at once.
  private let freshUntil = ManagedAtomic<UInt64>(0)

  /// The memory that the bytes take, with the copies that the kernel may send from.
  var cost: Int { identity.cost + (gzip?.cost ?? 0) }

  /// A file that is kept in memory.
  ///
  /// - Parameters:
  ///   - digest: a fingerprint of `bytes`, for the entity tags.
  ///   - dynamicPage: what answers in place of the bytes.
  init(
    bytes: ByteBuffer, compressed: ByteBuffer?, digest: String, stamp: FileStamp,
    type: ContentType, cacheControl: String, dynamicPage: (any DynamicPage)? = nil
  ) {
    let lastModified = HTTPDate.format(stamp.seconds)
    self.stamp = stamp
    self.dynamicPage = dynamicPage
    self.lastModified = lastModified
    identity = Representation(
      bytes: bytes, entityTag: "\"\(digest)\"",
      headers: Self.headers("\"\(digest)\"", lastModified, type, cacheControl))
    gzip = compressed.map { compressed in
      let tag = "\"\(digest)-gzip\""
      var headers = Self.headers(tag, lastModified, type, cacheControl)
      headers.add(name: "content-encoding", value: "gzip")
      return Representation(bytes: compressed, entityTag: tag, headers: headers)
    }
  }

  /// A file that is too long to be kept in memory.
  init(file: OpenFile, stamp: FileStamp, type: ContentType, cacheControl: String) {
    self.stamp = stamp
    lastModified = HTTPDate.format(stamp.seconds)
    identity = Representation(
      file: file, size: stamp.size, entityTag: stamp.entityTag,
      headers: Self.headers(stamp.entityTag, lastModified, type, cacheControl))
    gzip = nil
    dynamicPage = nil
  }

  private static func headers(
    _ entityTag: String, _ lastModified: String, _ type: ContentType, _ cacheControl: String
  ) -> HTTPHeaders {
    var headers: HTTPHeaders = [
      "content-type": type.value, "cache-control": cacheControl, "etag": entityTag,
      "last-modified": lastModified, "accept-ranges": "bytes",
      "x-content-type-options": "nosniff",
    ]
    if type.isText { headers.add(name: "vary", value: "Accept-Encoding") }
    return headers
  }

  // MARK: Freshness

  /// Whether the file may be sent without a look at the disk.
  func isFresh(at time: NIODeadline) -> Bool {
    time.uptimeNanoseconds < freshUntil.load(ordering: .relaxed)
  }

  /// The disk was looked at, or somebody is about to look; ``withdraw()`` ends it.
  func keepFresh(until time: NIODeadline) {
    freshUntil.store(time.uptimeNanoseconds, ordering: .relaxed)
  }

  /// The file has gone, changed, or left the cache.
  func withdraw() { freshUntil.store(0, ordering: .relaxed) }

  // MARK: Responses

  /// Answers a GET or HEAD (RFC 9110 sections 13 and 14).
  func response(to request: HTTPHeaders) -> HTTPResponse {
    let range = request.first(name: "range")
    let wantsGzip = range == nil && gzip != nil
    let chosen =
      wantsGzip && Gzip.isAccepted(by: request.first(name: "accept-encoding"))
      ? gzip ?? identity : identity
    if isUnchanged(chosen, request) {
      var headers = chosen.headers
      headers.remove(name: "content-type")
      return HTTPResponse(status: .notModified, headers: headers)
    }
    guard let range, isCurrent(request.first(name: "if-range")) else {
      return whole(chosen)
    }
    return part(ByteRange(header: range, size: chosen.length), of: chosen)
  }

  private func whole(_ chosen: Representation) -> HTTPResponse {
    var response = HTTPResponse(status: .ok, headers: chosen.headers, body: chosen.body)
    response.file = self
    return response
  }

  private func isUnchanged(_ chosen: Representation, _ request: HTTPHeaders) -> Bool {
    let tags = request["if-none-match"]
    if !tags.isEmpty {
      return tags.contains { line in
        line.split(separator: ",").contains { item in
          let tag = item.drop { $0 == " " }.prefix { $0 != " " }
          return tag == "*" || (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == chosen.entityTag
        }
      }
    }
    guard let since = request.first(name: "if-modified-since") else { return false }
    return since == lastModified || HTTPDate.parse(since).map { stamp.seconds <= $0 } ?? false
  }

  /// Whether a client's part, which `If-Range` names, is of this version.
  private func isCurrent(_ validator: String?) -> Bool {
    validator == nil || validator == identity.entityTag || validator == lastModified
  }

  private func part(_ range: ByteRange, of chosen: Representation) -> HTTPResponse {
    var headers = chosen.headers
    switch range {
    case .whole: return HTTPResponse(status: .ok, headers: headers, body: chosen.body)
    case .unsatisfiable:
      headers.remove(name: "content-type")
      headers.add(name: "content-range", value: "bytes */\(chosen.length)")
      return HTTPResponse(status: .rangeNotSatisfiable, headers: headers)
    case .part(let offset, let length):
      headers.add(
        name: "content-range", value: "bytes \(offset)-\(offset + length - 1)/\(chosen.length)")
      return HTTPResponse(
        status: .partialContent, headers: headers,
        body: chosen.body.part(offset: offset, length: length))
    }
  }
}

extension HTTPResponse.Body {
  fileprivate func part(offset: Int, length: Int) -> HTTPResponse.Body {
    switch self {
    case .none, .stream: .none
    case .bytes(let bytes):
      bytes.getSlice(at: bytes.readerIndex + offset, length: length).map { .bytes($0) } ?? .none
    case .file(let slice):
      .file(FileSlice(file: slice.file, offset: slice.offset + offset, length: length))
    }
  }
}
