import ArgumentParser
import Foundation

/// `perigee dev-cert`: a certificate for this machine, and how to use it.
struct DevCert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dev-cert",
    abstract: "Make a certificate for https:// on this machine.",
    discussion: """
      It is for localhost, 127.0.0.1, ::1 and the names given. Browsers warn until they are told \
      to trust it.
      """)

  @Option(name: .long, help: "The folder for dev-cert.pem and dev-key.pem.")
  var out = ".perigee"

  @Option(
    name: .customLong("name"),
    help: "A further host name or IP address of this machine. May be repeated.")
  var names: [String] = []

  @Option(name: .long, help: "How many days it is valid, up to 397.")
  var days = 90

  @Flag(name: .long, help: "Replace a certificate that is there.")
  var force = false

  private var certificatePath: String { "\(out)/dev-cert.pem" }
  private var keyPath: String { "\(out)/dev-key.pem" }

  func validate() throws {
    guard (1...397).contains(days) else {
      throw ValidationError("--days \(days): browsers accept 1 to 397")
    }
    for name in names where !DevCertificate.isName(name) {
      throw ValidationError("--name \(name): give a host name or an IP address")
    }
  }

  func run() throws {
    let there = [certificatePath, keyPath].filter { FileManager.default.fileExists(atPath: $0) }
    if there.isEmpty || force {
      try make()
    } else {
      print("\(there.joined(separator: " and ")) kept; --force makes a new certificate.")
    }
    explain()
  }

  private func make() throws {
    let made = try DevCertificate(names: names, days: days)
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    try Self.write(made.key, to: keyPath, mode: 0o600)
    try Self.write(made.certificate, to: certificatePath, mode: 0o644)
    let date = made.expires.formatted(.iso8601.year().month().day())
    print("made \(certificatePath) and \(keyPath)")
    print("for \(made.names.joined(separator: ", ")), until \(date)")
  }

  private func explain() {
    print(
      """

      Serve with it:
        perigee serve --tls-cert \(certificatePath) --tls-key \(keyPath)
      Trust it:
        curl      curl --cacert \(certificatePath) https://localhost:8080/
        Python    SSL_CERT_FILE=\(certificatePath)
        Chrome    certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n perigee -i \(certificatePath)
        macOS     security add-trusted-cert -p ssl -k login.keychain \(certificatePath)
        Firefox   open the page, then Advanced, Accept the Risk
      """)
  }

  /// Puts a file in its place in one step, so that a server that looks at it sees all of it, and
  /// nobody else ever what they may not.
  private static func write(_ text: String, to path: String, mode: mode_t) throws {
    let draft = path + ".new"
    try? FileManager.default.removeItem(atPath: draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else { throw failure(path) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
    guard rename(draft, path) == 0 else { throw failure(path) }
  }

  private static func failure(_ path: String) -> ValidationError {
    ValidationError("\(path) cannot be written: \(String(cString: strerror(errno)))")
  }
}
