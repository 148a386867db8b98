import NIOCore

/// Serves the files of one directory: a stub.
public final class StaticFiles: Sendable {
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
    /// Changes pages before they are cached and tagged, to add a script for development.
    public var transformHTML: (@Sendable (ByteBuffer) -> ByteBuffer)?

    public init() {}
  }

  public init(root: String, options: Options = Options()) {}

  /// Answers a request for `path`, which is relative to the root and begins with `/`.
  ///
  /// - Returns: `nil` when there is no such file.
  public func respond(to request: HTTPRequest, path: String) -> EventLoopFuture<HTTPResponse?> {
    request.eventLoop.makeSucceededFuture(nil)
  }
}
