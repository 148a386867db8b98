import Foundation
import Logging

extension Logger {
  /// The log on standard error: a time, a level where it matters, a message.
  static func perigee(level: String) -> Logger {
    var logger = Logger(label: "perigee") { _ in LineLogHandler() }
    logger.logLevel = Logger.Level(rawValue: level) ?? .info
    return logger
  }
}

/// Writes one line a message. Whole lines only: a single write each.
private struct LineLogHandler: LogHandler {
  var metadata: Logger.Metadata = [:]
  var logLevel: Logger.Level = .info

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let time = Date.now.formatted(
      Date.ISO8601FormatStyle(includingFractionalSeconds: true).time(
        includingFractionalSeconds: true))
    let mark = event.level >= .warning ? "\(event.level.rawValue): " : ""
    let line = "\(time) \(mark)\(event.message)\n"
    FileHandle.standardError.write(Data(line.utf8))
  }
}
