import NIOConcurrencyHelpers
import NIOCore
import NIOSSL

/// The client's half of TLS: takes any certificate, and keeps the one it was shown.
final class ClientTLS: Sendable {
  private let context: NIOSSLContext
  private let shown = NIOLockedValueBox<[UInt8]>([])

  init(protocols: [String] = ["http/1.1"], version: TLSVersion? = nil) throws {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.certificateVerification = .noHostnameVerification
    configuration.applicationProtocols = protocols
    configuration.maximumTLSVersion = version
    context = try NIOSSLContext(configuration: configuration)
  }

  /// The certificate that the server has shown last, in DER form.
  var certificate: [UInt8] { shown.withLockedValue { $0 } }

  func makeHandler() throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(
      context: context, serverHostname: "localhost",
      customVerificationCallback: { [shown] chain, promise in
        shown.withLockedValue { $0 = (try? chain.first?.toDERBytes()) ?? [] }
        promise.succeed(.certificateVerified)
      })
  }
}

extension TestCertificate {
  var bytes: [UInt8] {
    get throws { try NIOSSLCertificate(bytes: Array(chain.utf8), format: .pem).toDERBytes() }
  }
}
