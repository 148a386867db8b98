// Serves the files of one directory. Hot files are answered on the event loop from memory;
// everything that touches the disk happens on a thread pool. Routing is AppHost's: it asks one
// StaticFiles after another.

import NIOCore
import NIOHTTP1
import NIOPosix

/// The files of one directory.
public final class StaticFiles: Sendable {
  /// How files are served.
  public struct Options: Sendable {
    /// The `Cache-Control` header of files that are not pages.
    public var cacheControl = "public, max-age=3600"
    /// The `Cache-Control` header of pages.
    public var pageCacheControl = "no-cache"
    /// Whether `/index.html` answers for paths without an extension that name no file.
    public var spaFallback = false
    /// Files up to this size, in bytes, are kept in memory.
    public var maxCachedFile = 512 * 1024
    /// Bytes of files kept in memory.
    public var maxCache = 64 << 20
    /// How long a file is served from memory before its date is looked at again; zero: always look.
    public var recheckAfter = TimeAmount.seconds(1)
    /// Changes pages before they are cached and tagged, to add a script for development. Called on
    /// a thread pool.
    public var transformHTML: (@Sendable (ByteBuffer) -> ByteBuffer)?
    /// Looks at a page that has been read, whose path below the root it is given; what it returns
    /// answers for the page. Called on a thread pool.
    public var dynamicPage: (@Sendable (_ page: ByteBuffer, _ path: String) -> (any DynamicPage)?)?

    public init() {}
  }

  private let options: Options
  private let loader: FileLoader
  private let cache: FileCache
  private let pool: NIOThreadPool

  /// - Parameters:
  ///   - root: the directory; symbolic links in it are followed as long as they stay inside.
  ///   - pool: where files are read.
  public init(
    root: String, options: Options = Options(), pool: NIOThreadPool = .singleton
  ) {
    self.options = options
    self.pool = pool
    loader = FileLoader(root: root, options: options)
    cache = FileCache(limit: options.maxCache, recheckAfter: options.recheckAfter)
  }

  /// Answers a request for `path`, which is decoded, begins with `/` and is relative to the root.
  /// Called on `request.eventLoop`; the future belongs to it.
  ///
  /// - Returns: `nil` when there is no such file.
  public func respond(to request: HTTPRequest, path: String) -> EventLoopFuture<HTTPResponse?> {
    let eventLoop = request.eventLoop
    guard Self.isPublic(path) else { return eventLoop.makeSucceededFuture(nil) }
    let name = path.hasSuffix("/") ? path + "index.html" : path
    let now = NIODeadline.now()
    let known = cache.find(name, now: now)
    if let known, !known.isDue { return respond(to: request, with: known.file) }
    return pool.runIfActive(eventLoop: eventLoop) { [self] in
      look(for: name, known: known?.file, request)
    }.flatMap { [self] finding in
      switch finding {
      case .file(let file): respond(to: request, with: file)
      case .substitute(let file): substitute(respond(to: request, with: file))
      case .response(let response): eventLoop.makeSucceededFuture(response)
      case .nothing: eventLoop.makeSucceededFuture(nil)
      }
    }
  }

  /// What answers a request.
  private enum Finding: Sendable {
    case nothing
    case file(ServedFile)
    /// A file that answers as long as there is none of the path asked for.
    case substitute(ServedFile)
    case response(HTTPResponse)
  }

  /// No hidden files, no empty segments, nothing that climbs.
  private static func isPublic(_ path: String) -> Bool {
    let segments = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return segments.first?.isEmpty == true
      && segments.dropFirst().dropLast().allSatisfy { !$0.isEmpty }
      && !segments.contains { $0.first == UInt8(ascii: ".") }
      && !path.utf8.contains(0)
  }

  // MARK: On the thread pool

  private func look(for name: String, known: ServedFile?, _ request: HTTPRequest) -> Finding {
    switch loader.look(at: name, known: known?.stamp) {
    case .unchanged: return known.map { .file($0) } ?? .nothing
    case .file(let file):
      keep(file, at: name)
      return .file(file)
    case .directory:
      guard case .file = loader.look(at: name + "/index.html", known: nil) else { return .nothing }
      return .response(redirect(request))
    case .nothing:
      cache.remove(name)
      return fallback(name, request)
    }
  }

  private func keep(_ file: ServedFile, at name: String) {
    if case .bytes = file.identity.body {
      cache.insert(file, at: name, now: .now())
    } else {
      cache.remove(name)
    }
  }

  /// The page of a single-page application, for addresses that its script understands.
  private func fallback(_ name: String, _ request: HTTPRequest) -> Finding {
    let page = "/index.html"
    let isFile = request.path.split(separator: "/").last?.contains(".") ?? false
    guard options.spaFallback, name != page, !isFile,
      request.method == .GET || request.method == .HEAD
    else { return .nothing }
    if let known = cache.find(page, now: .now()), !known.isDue { return .substitute(known.file) }
    guard case .file(let file) = loader.look(at: page, known: nil) else { return .nothing }
    keep(file, at: page)
    return .substitute(file)
  }

  // MARK: Responses

  private func respond(
    to request: HTTPRequest, with file: ServedFile
  ) -> EventLoopFuture<HTTPResponse?> {
    let eventLoop = request.eventLoop
    guard request.method == .GET || request.method == .HEAD else {
      return eventLoop.makeSucceededFuture(
        HTTPResponse(status: .methodNotAllowed, headers: ["allow": "GET, HEAD"]))
    }
    if let dynamicPage = file.dynamicPage { return dynamicPage.respond(to: request).map { $0 } }
    return eventLoop.makeSucceededFuture(file.response(to: request.headers))
  }

  private func substitute(
    _ future: EventLoopFuture<HTTPResponse?>
  ) -> EventLoopFuture<HTTPResponse?> {
    future.map { response in
      var response = response
      response?.makeSubstitute()
      return response
    }
  }

  /// To the directory's address with its slash. The location is relative, so it can lead nowhere
  /// else, wherever the files are mounted.
  private func redirect(_ request: HTTPRequest) -> HTTPResponse {
    let mark = request.uri.firstIndex(of: "?") ?? request.uri.endIndex
    let name = request.uri[..<mark].split(separator: "/").last ?? ""
    var response = HTTPResponse.redirect(
      to: "./\(name)/\(request.uri[mark...])", status: .movedPermanently)
    response.headers.add(name: "cache-control", value: options.pageCacheControl)
    return response
  }
}
