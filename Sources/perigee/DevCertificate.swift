// A certificate for a developer's own machine: its own authority, for names that lead to this
// machine, of short life. DevCert writes it to files.

import Crypto
import Foundation
import SwiftASN1
import X509

/// A self-signed certificate and its key, in PEM form.
struct DevCertificate {
  /// Names and addresses that every certificate is for.
  static let localNames = ["localhost", "127.0.0.1", "::1"]

  let certificate: String
  let key: String
  /// What the certificate is for.
  let names: [String]
  let expires: Date

  /// - Parameters:
  ///   - names: further host names and IP addresses.
  ///   - days: how long it is valid from `now` on.
  init(names: [String], days: Int, now: Date = Date()) throws {
    let names = Self.localNames + names.filter { !Self.localNames.contains($0) }
    let expires = now + Double(days) * 86_400
    let key = P256.Signing.PrivateKey()
    let subject = try DistinguishedName { CommonName("Perigee development on \(names[0])") }
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(),
      publicKey: Certificate.PublicKey(key.publicKey),
      // Clocks of two machines differ.
      notValidBefore: now - 3_600, notValidAfter: expires, issuer: subject, subject: subject,
      signatureAlgorithm: .ecdsaWithSHA256, extensions: try Self.extensions(names),
      issuerPrivateKey: Certificate.PrivateKey(key))
    self.certificate = try certificate.serializeAsPEM().pemString + "\n"
    self.key = key.pemRepresentation + "\n"
    self.names = names
    self.expires = expires
  }

  private static func extensions(_ names: [String]) throws -> Certificate.Extensions {
    try Certificate.Extensions {
      Critical(BasicConstraints.notCertificateAuthority)
      Critical(KeyUsage(digitalSignature: true))
      try ExtendedKeyUsage([.serverAuth])
      SubjectAlternativeNames(names.map(generalName))
    }
  }

  private static func generalName(_ name: String) -> GeneralName {
    addressBytes(name).map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) } ?? .dnsName(name)
  }

  /// Whether `name` may stand in a certificate: an IP address, or a host name, whose first label may
  /// be `*`.
  static func isName(_ name: String) -> Bool {
    if addressBytes(name) != nil { return true }
    let labels = name.hasPrefix("*.") ? name.dropFirst(2) : name[...]
    return labels.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy(isLabelByte)
    }
  }

  private static func isLabelByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"): true
    default: false
    }
  }

  private static func addressBytes(_ name: String) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, name, &bytes) == 1 { return Array(bytes[..<4]) }
    return inet_pton(AF_INET6, name, &bytes) == 1 ? bytes : nil
  }
}
