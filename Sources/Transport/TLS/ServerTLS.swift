// The certificate of a server as it is now. A renewed one is taken over without a restart: new
// connections get it, open ones keep theirs. Shared by all event loops.

import Logging
import NIOConcurrencyHelpers
import NIOSSL

/// Certificate and key in service.
final class ServerTLS: Sendable {
  private struct State {
    var context: NIOSSLContext
    /// The files as they were when they were loaded last, with or without success.
    var stamps: [FileStamp?]
  }

  private let files: TLSFiles
  private let logger: Logger
  private let state: NIOLockedValueBox<State>

  /// Loads the files; blocking.
  init(files: TLSFiles, logger: Logger) throws(TransportError) {
    self.files = files
    self.logger = logger
    let stamps = files.stamps
    state = NIOLockedValueBox(State(context: try files.makeContext(), stamps: stamps))
  }

  /// For a new connection.
  var context: NIOSSLContext { state.withLockedValue { $0.context } }

  /// Takes over the files if they have changed; what cannot be used is logged once and leaves the
  /// old ones in service. Blocking.
  func reload() {
    let stamps = files.stamps
    let isNew = state.withLockedValue { state in
      defer { state.stamps = stamps }
      return state.stamps != stamps
    }
    guard isNew else { return }
    do throws(TransportError) {
      let context = try files.makeContext()
      state.withLockedValue { $0.context = context }
      logger.info("The renewed TLS certificate \(files.certificate) is in service")
    } catch {
      logger.error("The renewed TLS files are not taken, the old ones stay: \(error)")
    }
  }
}
