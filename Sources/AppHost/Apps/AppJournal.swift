// Where everything about apps is told: the log, and in development the open pages too. Called from
// isolates and from the reloader, on any thread.

import Logging
import LuaRuntime

/// Reports on apps.
struct AppJournal: Sendable {
  let logger: Logger
  /// nil unless the host runs in development.
  let console: DevConsole?

  /// A line that the host itself says about an app.
  func note(app: String, _ message: String) {
    logger.notice("/\(app) \(message)")
  }

  func warn(app: String, _ message: String) {
    logger.warning("/\(app): \(message)")
  }

  /// A line that a script logs.
  func log(app: String, level: LuaCommand.Level, message: String) {
    let severity: Logger.Level =
      switch level {
      case .debug: .debug
      case .info: .info
      case .warning: .warning
      case .error: .error
      }
    logger.log(level: severity, "[\(app)] \(message)")
  }

  /// A generation serves.
  func serves(
    _ source: AppSource, _ report: LoadReport, workers: Int,
    since started: ContinuousClock.Instant
  ) {
    let elapsed = ContinuousClock.now - started
    let places = workers > 1 ? " in \(workers) workers" : ""
    logger.notice(
      "/\(source.name) generation \(report.generation) serves\(places) (\(elapsed.milliseconds) ms)"
    )
    console?.publish(
      .init(kind: .serving, app: "/\(source.name)", generation: report.generation))
  }

  /// A load failed; what served before goes on.
  /// - Parameter title: what the app, or its worker, is called.
  func loadFailed(
    _ source: AppSource, _ title: String, _ error: LuaError, keeping generation: Int = 0
  ) {
    let consequence =
      generation > 0 ? "generation \(generation) goes on serving" : "the app is not running"
    logger.error("/\(title) failed to load: \(error.report); \(consequence)")
    console?.publish(news("\(source.name) does not load", source, error))
  }

  /// A handler raised, ran too long or used too much.
  func handlerFailed(_ source: AppSource, _ title: String, handler: String, _ error: LuaError) {
    logger.error("/\(title) \(handler): \(error.report)")
    console?.publish(news("\(handler) failed", source, error))
  }

  /// Something in a page cannot be shown.
  func pageFailed(_ message: String) {
    logger.error("\(message)")
  }

  /// The app's files cannot be read or make no sense.
  func unreadable(app: String, _ error: HostError) {
    logger.error("/\(app): \(error.description)")
    var news = DevConsole.News(kind: .error, app: "/\(app)")
    news.title = "\(app) cannot be read"
    news.message = error.description
    console?.publish(news)
  }

  private func news(_ title: String, _ source: AppSource, _ error: LuaError) -> DevConsole.News {
    var news = DevConsole.News(kind: .error, app: "/\(source.name)")
    news.title = title
    news.message = error.message
    news.file = error.file
    news.line = error.line
    news.traceback = error.traceback
    news.excerpt = excerpt(of: source, error)
    return news
  }

  /// The failing line with three lines around it on each side.
  private func excerpt(of source: AppSource, _ error: LuaError) -> [DevConsole.News.Line]? {
    guard let file = error.file, let line = error.line, let text = source.text(of: file) else {
      return nil
    }
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.indices.contains(line - 1) else { return nil }
    return (max(1, line - 3)...min(lines.count, line + 3)).map {
      .init(number: $0, text: String(decoding: lines[$0 - 1], as: UTF8.self))
    }
  }
}

extension LuaError {
  /// The error for a log: position, message and traceback.
  var report: String {
    let place = file.map { file in line.map { "\(file):\($0): " } ?? "\(file): " } ?? ""
    return place + message + (traceback.map { "\n\($0)" } ?? "")
  }
}

extension Duration {
  /// Milliseconds with one decimal, for people.
  var milliseconds: String {
    let tenths = (components.seconds * 10_000) + components.attoseconds / 100_000_000_000_000
    return "\(tenths / 10).\(tenths % 10)"
  }
}
