// The options that every subcommand shares, and how outcomes are printed.

import ArgumentParser
import Foundation
import LoadGenerator

struct StageOptions: ParsableArguments {
  @Option(help: "The server, as http://HOST:PORT.")
  var url = "http://127.0.0.1:8080"

  @Option(help: "The path of the Socket.IO endpoint.")
  var path = "/socket.io/"

  @Option(help: "The namespace to connect to.")
  var namespace = "/bench"

  @Option(help: "JSON to connect with.")
  var auth = ""

  @Option(help: "Event loops of the generator.")
  var threads = 1

  @Option(help: "Seconds before traffic counts.")
  var warmup = 1.0

  @Option(help: "Seconds of traffic that count.")
  var duration = 3.0

  @Option(help: "The server's process, to report its CPU time and memory.")
  var pid: Int?

  @Flag(help: "Print JSON instead of a table.")
  var json = false

  func validate() throws {
    guard threads > 0, warmup >= 0, duration > 0 else {
      throw ValidationError("threads and duration are above zero, warmup is not below")
    }
  }

  func makeStage() throws -> Stage {
    raiseFileLimit()
    let target = try Target(url: url, path: path, namespace: namespace, auth: auth)
    return Stage(target: target, threads: threads, warmup: warmup, duration: duration, pid: pid)
  }

  /// Runs scenarios and prints their outcomes.
  ///
  /// - Parameters:
  ///   - scenarios: run once a round, rounds one after another.
  ///   - first: run once, before all others.
  func run(
    _ scenarios: [any Scenario], rounds: Int = 1, first: [any Scenario] = []
  ) async throws {
    let stage = try makeStage()
    var outcomes = Array(repeating: [Outcome](), count: scenarios.count)
    var single: [[Outcome]] = []
    for scenario in first { single.append([try await scenario.run(on: stage)]) }
    for _ in 0..<rounds {
      for (index, scenario) in scenarios.enumerated() {
        outcomes[index].append(try await scenario.run(on: stage))
      }
    }
    try await stage.shutDown()
    try report(single + outcomes)
  }

  private func report(_ outcomes: [[Outcome]]) throws {
    guard json else {
      print(Table(scenarios: outcomes))
      return
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let runs = Array(outcomes.joined())
    print(String(decoding: try encoder.encode(runs), as: UTF8.self))
  }

  /// Many connections need many descriptors: take all that the system grants.
  private func raiseFileLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
