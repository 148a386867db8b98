// What models outlive the process in: an SQLite database, made when the first value is stored. Isolates
// hand values over and go on; everything that touches the disk happens on one queue of its own. A
// database that fails is told about in the log and never stops an app.

import Dispatch
import Foundation
import Logging

/// The values of persistent models of all apps.
// @unchecked: mutable state is touched on `queue` only.
final class ModelStore: @unchecked Sendable {
  /// How long to wait after a failure before what was not stored is tried again.
  private static let retryAfter = DispatchTimeInterval.seconds(5)

  private let path: String
  private let logger: Logger
  private let patience: Int32
  private let queue = DispatchQueue(label: "perigee.models", qos: .utility)
  private var table: ModelTable?
  /// The database makes no sense; nothing is read or written any more.
  private var isCorrupt = false
  /// Whether the last attempt to write has failed.
  private var isFailing = false
  /// Apps whose stored values could not be read: they must not be replaced by newer, poorer ones.
  private var unread: Set<String> = []
  /// The latest values that are not stored yet.
  private var pending: [ModelTable.Key: [UInt8]] = [:]
  private var isWriteDue = false

  /// - Parameters:
  ///   - path: the database's file.
  ///   - patience: how long another program is waited for that has locked the database, in
  ///     milliseconds.
  init(path: String, logger: Logger, patience: Int32 = 2_000) {
    self.path = path
    self.logger = logger
    self.patience = patience
  }

  /// The stored values of an app by the names of its models. Blocks on the disk; empty when there are
  /// none, and when they cannot be read, which the log says.
  func values(of app: String) -> [String: [UInt8]] {
    queue.sync {
      write()
      return read(app)
    }
  }

  /// Stores a value soon, after all that were handed over before; returns at once.
  func save(_ value: [UInt8], as name: String, of app: String) {
    queue.async { [self] in
      guard !isCorrupt, !unread.contains(app) else { return }
      pending[ModelTable.Key(app: app, name: name)] = value
      guard !isWriteDue else { return }
      isWriteDue = true
      // Behind the values that were handed over together with this one: they share a transaction.
      if !isFailing { queue.async { [self] in write() } }
    }
  }

  /// Stores what is left and closes the database; nothing is stored afterwards.
  func close() async {
    await withCheckedContinuation { done in
      queue.async { [self] in
        write()
        if !pending.isEmpty {
          logger.error("\(path): \(pending.count) changed models are lost, they were never stored")
        }
        table = nil
        isCorrupt = true
        done.resume()
      }
    }
  }

  // MARK: On the queue

  private func read(_ app: String) -> [String: [UInt8]] {
    guard !isCorrupt, table != nil || FileManager.default.fileExists(atPath: path) else {
      return [:]
    }
    do throws(HostError) {
      let values = try open(creates: false).values(of: app)
      unread.remove(app)
      return values
    } catch {
      unread.insert(app)
      tell(error, "/\(app) starts without its stored models and stores none")
      return [:]
    }
  }

  private func write() {
    isWriteDue = false
    guard !pending.isEmpty, !isCorrupt else { return }
    do throws(HostError) {
      try open(creates: true).store(pending, at: Date())
      pending = [:]
      if isFailing { logger.notice("\(path): models are stored again") }
      isFailing = false
    } catch {
      if !isFailing { tell(error, "changed models are kept in memory until it works again") }
      isFailing = true
      isWriteDue = true
      queue.asyncAfter(deadline: .now() + Self.retryAfter) { [weak self] in self?.write() }
    }
  }

  private func open(creates: Bool) throws(HostError) -> ModelTable {
    if let table { return table }
    let opened = try ModelTable(path: path, creates: creates, patience: patience)
    table = opened
    return opened
  }

  private func tell(_ error: HostError, _ consequence: String) {
    table = nil
    guard error.code != .storageCorrupt else {
      isCorrupt = true
      pending = [:]
      logger.error(
        """
        \(path): \(error.message); no model is stored or restored until this file is moved away or \
        mended and the host is started again, or storage.path names another
        """)
      return
    }
    let remedy =
      error.code == .storageLocked
      ? "another program has locked it; stop that one, or let storage.path name another file"
      : "make its folder writable, or let storage.path name another file"
    logger.error("\(path): \(error.message); \(consequence); \(remedy)")
  }
}
