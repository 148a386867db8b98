// The blocking half of static files: finds a file below the root, makes sure that it is there
// and not somewhere else, reads and compresses it. Called on a thread pool, never on a loop.

import NIOCore
import RealtimeProtocol

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Looks files up in one directory.
struct FileLoader: Sendable {
  /// What is at a path.
  enum Finding: Sendable {
    case nothing
    case directory
    /// The version that the caller knows.
    case unchanged
    case file(ServedFile)
  }

  /// The root without symbolic links; `nil` when it does not exist.
  private let root: String?
  private let options: StaticFiles.Options

  init(root: String, options: StaticFiles.Options) {
    self.root = Self.resolve(root)
    self.options = options
  }

  /// Looks at `path`, which begins with `/` and has no `.` or `..` segment.
  ///
  /// - Parameter known: the version that the caller has in memory.
  func look(at path: String, known: FileStamp?) -> Finding {
    guard let root, let real = Self.resolve(root + path),
      real == root || real.hasPrefix(root == "/" ? root : root + "/")
    else { return .nothing }
    let descriptor = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else { return .nothing }
    let file = OpenFile(descriptor: descriptor)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return .nothing }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory
    case S_IFREG: break
    default: return .nothing
    }
    let stamp = FileStamp(status)
    guard stamp != known else { return .unchanged }
    return load(file, descriptor, stamp, path)
  }

  private func load(
    _ file: OpenFile, _ descriptor: CInt, _ stamp: FileStamp, _ path: String
  ) -> Finding {
    let type = ContentType(path: path)
    let cacheControl = type.isPage ? options.pageCacheControl : options.cacheControl
    guard stamp.size <= options.maxCachedFile else {
      return .file(
        ServedFile(file: file, stamp: stamp, type: type, cacheControl: cacheControl))
    }
    guard var bytes = withExtendedLifetime(file, { Self.read(descriptor, stamp.size) }) else {
      return .nothing
    }
    if type.isPage, let transform = options.transformHTML { bytes = transform(bytes) }
    let dynamicPage = type.isPage ? options.dynamicPage?(bytes, path) : nil
    let isCompressed = type.isText && dynamicPage == nil
    return .file(
      ServedFile(
        bytes: bytes, compressed: isCompressed ? Self.compress(bytes) : nil,
        digest: Self.digest(bytes), stamp: stamp, type: type, cacheControl: cacheControl,
        dynamicPage: dynamicPage))
  }

  private static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func read(_ descriptor: CInt, _ size: Int) -> ByteBuffer? {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(size)
    while buffer.readableBytes < size {
      let wanted = size - buffer.readableBytes
      var count = 0
      buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { target in
        count = pread(descriptor, target.baseAddress, wanted, off_t(size - wanted))
        return max(0, count)
      }
      if count < 0 { return nil }
      if count == 0 { break }
    }
    return buffer
  }

  /// The compressed bytes, if compressing is worth it.
  private static func compress(_ bytes: ByteBuffer) -> ByteBuffer? {
    guard bytes.readableBytes >= 256, let compressed = try? Gzip.compress(bytes),
      compressed.readableBytes < bytes.readableBytes
    else { return nil }
    return compressed
  }

  private static func digest(_ bytes: ByteBuffer) -> String {
    let digest = ByteBuffer(bytes: SHA1.digest(bytes.readableBytesView).prefix(12))
    var text = ByteBuffer()
    Base64.encode(digest, into: &text)
    return String(buffer: text)
  }
}
