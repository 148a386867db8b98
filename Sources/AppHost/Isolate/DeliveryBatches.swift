// Collects an isolate's deliveries by event loop, so that each loop is woken once for a batch. What
// is for the loop that the isolate runs on is performed at once. Isolated like the isolate.

import LuaRuntime
import NIOCore

/// Deliveries on their way to the loops of their sockets.
struct DeliveryBatches {
  /// Those on which the isolate has sockets.
  private let served: [LoopContext]
  private var waiting: [[Delivery]]
  private var current: LoopContext?

  init(contexts: LoopContexts, served: [LoopContext]) {
    self.served = served
    waiting = Array(repeating: [], count: contexts.all.count)
  }

  /// Says where the isolate runs until ``flush()``; nil for a loop that serves no connections.
  mutating func begin(at context: LoopContext?) { current = context }

  /// For the loop of one socket.
  mutating func append(_ delivery: Delivery, to context: LoopContext) {
    if context === current {
      context.perform(delivery)
    } else {
      waiting[context.index].append(delivery)
    }
  }

  /// Sends packets at once, if their socket lives on the loop that the isolate runs on and takes them
  /// so.
  /// - Returns: false if nothing was sent.
  func send(_ packets: LuaPackets, to socket: Socket) -> Bool {
    guard let current, socket.session.context === current else { return false }
    return current.send(packets, to: socket)
  }

  /// For every loop on which the isolate has sockets.
  mutating func appendToAll(_ delivery: Delivery) {
    for context in served { append(delivery, to: context) }
  }

  /// Hands the batches over.
  mutating func flush() {
    for context in served where !waiting[context.index].isEmpty {
      let batch = waiting[context.index]
      waiting[context.index] = []
      context.eventLoop.execute {
        context.performing { for delivery in batch { context.perform(delivery) } }
      }
    }
  }
}
