// A thread beside those that serve connections, for scripts that take their time. It yields to the
// others.

import Foundation
import NIOCore
import NIOPosix

/// An event loop that serves no connections.
struct SideLoop: Sendable {
  private static let niceness: Int32 = 10

  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  let eventLoop: any EventLoop

  init() {
    eventLoop = group.next()
    // On Linux a process identifier of 0 means the calling thread.
    eventLoop.execute {
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
    }
  }

  /// Ends the thread once what was submitted has run.
  func shutDown() { group.shutdownGracefully { _ in } }
}
