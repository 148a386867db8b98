import Logging
import NIOConcurrencyHelpers

/// The lines that a logger writes, for tests that read them.
final class LogBook: Sendable {
  private let entries = NIOLockedValueBox<[String]>([])

  /// A line is its level, a space and its message.
  var lines: [String] { entries.withLockedValue { $0 } }

  var logger: Logger { Logger(label: "test") { _ in Handler(book: self) } }

  private struct Handler: LogHandler {
    let book: LogBook
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    init(book: LogBook) { self.book = book }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      book.entries.withLockedValue { $0.append("\(event.level) \(event.message)") }
    }
  }
}
