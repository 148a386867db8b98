// Compression for static files, through the system's zlib. Blocking: called off the event loop.

import CZlibSystem
import NIOCore

/// The gzip format (RFC 1952).
enum Gzip {
  /// Compresses `bytes` as one member.
  static func compress(_ bytes: ByteBuffer) throws(TransportError) -> ByteBuffer {
    var stream = z_stream()
    let gzipWindow: CInt = 15 + 16
    let size = CInt(MemoryLayout<z_stream>.size)
    guard
      deflateInit2_(
        &stream, 6, Z_DEFLATED, gzipWindow, 8, Z_DEFAULT_STRATEGY, zlibVersion(), size) == Z_OK
    else { throw TransportError(.compressionFailed, "zlib could not be set up") }
    defer { deflateEnd(&stream) }

    var compressed = ByteBuffer()
    let bound = Int(deflateBound(&stream, uLong(bytes.readableBytes)))
    var input = bytes
    var result = Z_OK
    _ = input.withUnsafeMutableReadableBytes { source in
      compressed.writeWithUnsafeMutableBytes(minimumWritableBytes: bound) { target in
        stream.next_in = source.bindMemory(to: Bytef.self).baseAddress
        stream.avail_in = uInt(source.count)
        stream.next_out = target.bindMemory(to: Bytef.self).baseAddress
        stream.avail_out = uInt(target.count)
        result = deflate(&stream, Z_FINISH)
        return target.count - Int(stream.avail_out)
      }
    }
    guard result == Z_STREAM_END else {
      throw TransportError(.compressionFailed, "zlib did not finish")
    }
    return compressed
  }

  /// Whether an `Accept-Encoding` header lets gzip through (RFC 9110 section 12.5.3).
  static func isAccepted(by header: String?) -> Bool {
    guard let header else { return false }
    for item in header.split(separator: ",") {
      let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      guard let coding = parts.first?.lowercased(), coding == "gzip" || coding == "*" else {
        continue
      }
      let weight = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }?.dropFirst(2)
      return weight.map { (Double($0) ?? 0) > 0 } ?? true
    }
    return false
  }
}
