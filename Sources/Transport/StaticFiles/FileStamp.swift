#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What tells one version of a file from another without reading it.
struct FileStamp: Sendable, Equatable {
  let size: Int
  let seconds: Int
  let nanoseconds: Int
  let inode: UInt64

  init(_ status: stat) {
    size = Int(status.st_size)
    #if canImport(Darwin)
      let modified = status.st_mtimespec
    #else
      let modified = status.st_mtim
    #endif
    seconds = Int(modified.tv_sec)
    nanoseconds = Int(modified.tv_nsec)
    inode = UInt64(status.st_ino)
  }

  /// A strong entity tag of the bytes as they lie on the disk.
  var entityTag: String {
    let parts = [size, seconds, nanoseconds].map { String($0, radix: 36) }
    return "\"\(parts.joined(separator: "-"))-\(String(inode, radix: 36))\""
  }
}
