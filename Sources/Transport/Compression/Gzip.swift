// The gzip coding of HTTP: who takes it, and how a whole body is compressed. Blocking.

import NIOCore

/// The gzip format (RFC 1952).
public enum Gzip {
  /// Compresses `bytes` as one member.
  public static func compress(_ bytes: ByteBuffer) throws(TransportError) -> ByteBuffer {
    try Deflater(.gzip, level: 6).finish(bytes)
  }

  /// Whether an `Accept-Encoding` header lets gzip through (RFC 9110 section 12.5.3).
  public static func isAccepted(by header: String?) -> Bool {
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
