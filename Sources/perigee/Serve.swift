import AppHost
import ArgumentParser
import Foundation
import Logging
import ServiceLifecycle

/// `perigee serve`: runs a host until it is told to end.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Serve the apps (the default command).")

  @OptionGroup var options: SettingOptions

  @Option(name: .long, help: "The address to listen on (default: 127.0.0.1).")
  var host: String?

  @Option(name: .shortAndLong, help: "The port to listen on (default: 8080); 0 takes a free one.")
  var port: Int?

  @Option(
    name: .long, help: "The certificate for https://, a PEM file; `perigee dev-cert` makes one.")
  var tlsCert: String?

  @Option(name: .long, help: "The key of the certificate, a PEM file.")
  var tlsKey: String?

  @Flag(name: .long, help: "Reload open pages, and show errors in them.")
  var dev = false

  func run() async throws {
    let settings = try options.read([
      ("server.host", host), ("server.port", port.map(String.init)),
      ("server.tls_cert", tlsCert), ("server.tls_key", tlsKey),
      ("server.dev", dev ? "true" : nil),
    ])
    let logger = Logger.perigee(level: settings.logLevel)
    let host = try PerigeeHost(
      configuration: settings, environment: ProcessInfo.processInfo.environment, logger: logger)
    try await HostService(host: host, settings: settings, logger: logger).runUntilShutdown()
  }
}

/// A host as a service: serves until a graceful shutdown begins.
struct HostService: Service {
  let host: PerigeeHost
  let settings: HostConfiguration
  let logger: Logger
  var apps: [AppSource]?

  /// Runs until the process is told to end, then stops gracefully.
  func runUntilShutdown() async throws {
    let group = ServiceGroup(
      services: [self], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    try await group.run()
  }

  func run() async throws {
    let (address, statuses) = try await host.start(apps: apps)
    announce("\(settings.scheme)://\(reachableHost):\(address.port ?? settings.port)", statuses)
    try? await gracefulShutdown()
    await host.stop()
  }

  /// One line for the host and one for each app, with an address to click on.
  private func announce(_ url: String, _ apps: [AppStatus]) {
    logger.notice("perigee \(Perigee.version) serves \(url)/")
    for app in apps where app.failure == nil {
      let page = hasPage(app) ? " \(url)/\(app.name)/" : ""
      logger.notice("\(app.title):\(page) (\(app.namespaces.joined(separator: " ")))")
    }
    for app in apps where app.failure != nil {
      logger.notice("\(app.name) is not running; mend and save it")
    }
  }

  /// The pages of an app in one file lie among the host's.
  private func hasPage(_ app: AppStatus) -> Bool {
    app.hasPages
      || FileManager.default.fileExists(atPath: "\(settings.www)/\(app.name)/index.html")
  }

  /// A wildcard address is no address to click on.
  private var reachableHost: String {
    switch settings.host {
    case "0.0.0.0", "::": "127.0.0.1"
    case let host where host.contains(":"): "[\(host)]"
    case let host: host
    }
  }
}
