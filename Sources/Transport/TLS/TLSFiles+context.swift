// Makes a TLS context of a certificate and its key, or says which file keeps it from being made and
// what would help. Reads files: never called on an event loop.

import NIOCore
import NIOSSL
import RealtimeProtocol

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension TLSFiles {
  /// A context for connections, which may become HTTP/2.
  func makeContext() throws(TransportError) -> NIOSSLContext {
    let chain = try certificateChain()
    let key = try privateKey()
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["h2", "http/1.1"]
    configuration.shutdownTimeout = .milliseconds(500)
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch NIOSSLError.failedToLoadPrivateKey {
      throw TransportError(
        .badCertificate,
        "The TLS key \(self.key) does not belong to the certificate \(certificate): "
          + "give the key that this certificate was made for")
    } catch {
      throw TransportError(
        .badCertificate, "The TLS certificate \(certificate) cannot be used", underlying: error)
    }
  }

  /// What the two files look like from outside; `nil` for one that is not there.
  var stamps: [FileStamp?] { [certificate, key].map { FileStamp(path: $0) } }

  private func certificateChain() throws(TransportError) -> [NIOSSLCertificate] {
    let bytes = try Self.read(certificate, "certificate")
    if let chain = try? NIOSSLCertificate.fromPEMBytes(bytes), !chain.isEmpty { return chain }
    throw TransportError(
      .badCertificate,
      "The TLS certificate \(certificate) holds no certificate in PEM form: "
        + "it needs a block that begins with -----BEGIN CERTIFICATE-----")
  }

  private func privateKey() throws(TransportError) -> NIOSSLPrivateKey {
    let bytes = try Self.read(key, "key")
    // An empty passphrase keeps the library from asking for one on the terminal.
    let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) { $0([UInt8]()) }
    if let key { return key }
    throw TransportError(
      .badCertificate,
      "The TLS key \(self.key) holds no private key in PEM form without a passphrase: "
        + "it needs a block that begins with -----BEGIN PRIVATE KEY-----")
  }

  /// Longer than any chain, in bytes.
  private static let maxLength = 1 << 20

  private static func read(_ path: String, _ what: String) throws(TransportError) -> [UInt8] {
    guard let file = fopen(path, "re") else { throw unreadable(path, what) }
    defer { fclose(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: maxLength) { buffer, count in
      count = fread(buffer.baseAddress, 1, buffer.count, file)
    }
    guard ferror(file) == 0 else { throw unreadable(path, what) }
    return bytes
  }

  private static func unreadable(_ path: String, _ what: String) -> TransportError {
    TransportError(
      .unreadableFile,
      "The TLS \(what) \(path) cannot be read (\(String(cString: strerror(errno)))): "
        + "check the path, and that the user of this process may read the file")
  }
}

extension FileStamp {
  /// What the file at `path`, or where a link at `path` leads, looks like from outside.
  fileprivate init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
