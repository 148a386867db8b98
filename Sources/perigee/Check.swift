import AppHost
import ArgumentParser
import Foundation
import Logging

/// `perigee check`: loads every app and says what is wrong with it.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Load every app, report every error, and serve nothing.")

  @OptionGroup var options: SettingOptions

  func run() async throws {
    let settings = try options.read()
    let reports = try AppCheck(
      settings: settings, environment: ProcessInfo.processInfo.environment
    ).run()
    for report in reports {
      switch report.result {
      case .success(let namespaces):
        print("ok    \(report.name)  \(namespaces.joined(separator: " "))")
      case .failure(let failure):
        print("error \(report.name)  \(failure.message)")
      }
    }
    let failed = reports.count { if case .failure = $0.result { true } else { false } }
    print("\(reports.count) apps, \(failed) with errors")
    if failed > 0 { throw ExitCode.failure }
  }
}
