// Which file answered which target before. One table for each event loop, asked for every plain GET
// that a connection reads. It remembers only what the responder has decided, and forgets as soon as
// the responder might decide otherwise; the files themselves belong to the cache.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files by request target and host. Of two that fall on one place, the later is remembered.
final class ReadyFileTable {
  /// What decides about a file: the same request at the same revision finds the same file.
  struct Key {
    fileprivate let bytes: [UInt8]
    fileprivate let hash: UInt
    /// The responder's revision before it was asked.
    fileprivate let revision: Int
    /// Where the host begins in `bytes`.
    fileprivate let targetLength: Int
  }

  private final class Entry {
    let key: Key
    /// Weak because the cache bounds what is kept in memory.
    weak var file: ServedFile?

    init(key: Key, file: ServedFile) {
      self.key = key
      self.file = file
    }
  }

  private static let placeCount: UInt = 1024

  private var entries = [Entry?](repeating: nil, count: Int(placeCount))
  /// The `Accept-Encoding` that was judged last; clients have few different ones.
  private var codings: [UInt8] = []
  private var acceptsGzip = false

  /// The file that answered the same request before.
  func file(
    for glance: RequestGlance, in bytes: UnsafeRawBufferPointer, revision: Int
  ) -> ServedFile? {
    let target = UnsafeRawBufferPointer(rebasing: bytes[glance.target])
    let host = UnsafeRawBufferPointer(rebasing: bytes[glance.host])
    let place = Int(Self.hash(target, host) % Self.placeCount)
    guard let entry = entries[place], entry.key.revision == revision,
      entry.key.isOf(target, host)
    else { return nil }
    return entry.file
  }

  /// Under what the answer to a request is to be remembered.
  static func key(
    of glance: RequestGlance, in bytes: UnsafeRawBufferPointer, revision: Int
  ) -> Key {
    let target = UnsafeRawBufferPointer(rebasing: bytes[glance.target])
    let host = UnsafeRawBufferPointer(rebasing: bytes[glance.host])
    return Key(
      bytes: Array(target) + Array(host), hash: hash(target, host), revision: revision,
      targetLength: target.count)
  }

  func remember(_ file: ServedFile, for key: Key) {
    entries[Int(key.hash % Self.placeCount)] = Entry(key: key, file: file)
  }

  /// Whether a client takes gzip.
  func acceptsGzip(_ glance: RequestGlance, in bytes: UnsafeRawBufferPointer) -> Bool {
    guard !glance.acceptEncoding.isEmpty else { return false }
    let value = UnsafeRawBufferPointer(rebasing: bytes[glance.acceptEncoding])
    if !codings.withUnsafeBytes({ Self.areEqual($0, value) }) {
      codings = Array(value)
      acceptsGzip = Gzip.isAccepted(by: String(decoding: value, as: UTF8.self))
    }
    return acceptsGzip
  }

  /// FNV-1a. Who provokes collisions makes files be looked up the longer way, no more.
  private static func hash(
    _ target: UnsafeRawBufferPointer, _ host: UnsafeRawBufferPointer
  ) -> UInt {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in target { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    for byte in host { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return UInt(truncatingIfNeeded: hash ^ hash >> 32)
  }

  fileprivate static func areEqual(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer
  ) -> Bool {
    guard one.count == other.count else { return false }
    guard let left = one.baseAddress, let right = other.baseAddress else { return true }
    return memcmp(left, right, one.count) == 0
  }
}

extension ReadyFileTable.Key {
  fileprivate func isOf(_ target: UnsafeRawBufferPointer, _ host: UnsafeRawBufferPointer) -> Bool {
    guard target.count == targetLength else { return false }
    return bytes.withUnsafeBytes { bytes in
      ReadyFileTable.areEqual(.init(rebasing: bytes[..<targetLength]), target)
        && ReadyFileTable.areEqual(.init(rebasing: bytes[targetLength...]), host)
    }
  }
}
