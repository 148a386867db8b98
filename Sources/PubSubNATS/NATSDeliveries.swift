// What subscriptions bring, between libnats' thread that delivers and the engine's, which takes all at once.
// Messages stay as they came: to read them is the engine thread's work, so that it reads no more from the
// socket than it keeps up with.

import CNATSSystem
import NIOConcurrencyHelpers
import PubSub

/// One subscription, as its messages name it.
// @unchecked: `order` is touched on the engine's thread only.
final class NATSSubscription: @unchecked Sendable {
  /// The only channel that it brings; nil for many.
  let channel: String?
  fileprivate let deliveries: NATSDeliveries
  var order = NATSOrder()

  init(channel: String?, deliveries: NATSDeliveries) {
    self.channel = channel
    self.deliveries = deliveries
  }

  /// Subscribes.
  /// - Returns: libnats' subscription, which the caller destroys.
  func begin(on connection: OpaquePointer, subject: String) -> (OpaquePointer?, natsStatus) {
    var handle: OpaquePointer?
    let closure = Unmanaged.passRetained(self).toOpaque()
    let status = natsConnection_Subscribe(
      &handle, connection, subject,
      { _, _, message, closure in
        guard let message, let closure else { return }
        let subscription = Unmanaged<NATSSubscription>.fromOpaque(closure).takeUnretainedValue()
        subscription.deliveries.add(NATSMessage(pointer: message), subscription)
      }, closure)
    guard status == NATS_OK else {
      Unmanaged<NATSSubscription>.fromOpaque(closure).release()
      return (nil, status)
    }
    natsSubscription_SetPendingLimits(handle, 500_000, 128 << 20)
    let isNoted = natsSubscription_SetOnCompleteCB(
      handle, { closure in closure.map { Unmanaged<NATSSubscription>.fromOpaque($0).release() } },
      closure)
    return (handle, isNoted)
  }
}

/// The messages that wait for the engine's thread.
// @unchecked: mutable state is touched under `lock` only.
final class NATSDeliveries: @unchecked Sendable {
  typealias Delivery = (message: NATSMessage, subscription: NATSSubscription)

  private let lock = NIOLock()
  private var waiting: [Delivery] = []
  private var bytes = 0
  private var isOpen = true
  private var hasOverrun = false
  private let wake: @Sendable () -> Void

  /// What may wait; beyond it the link counts as lost.
  private static let mostMessages = 500_000
  private static let mostBytes = 128 << 20

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  fileprivate func add(_ message: NATSMessage, _ subscription: NATSSubscription) {
    let isFirst = lock.withLock {
      bytes += message.body.count
      guard isOpen, waiting.count < Self.mostMessages, bytes < Self.mostBytes else {
        hasOverrun = true
        message.destroy()
        return false
      }
      waiting.append((message, subscription))
      return waiting.count == 1
    }
    if isFirst { wake() }
  }

  /// Takes all. The caller destroys the messages.
  func take() throws(PubSubError) -> [Delivery] {
    let (taken, isIncomplete) = lock.withLock { () -> ([Delivery], Bool) in
      defer {
        waiting = []
        bytes = 0
      }
      return (waiting, hasOverrun)
    }
    if isIncomplete {
      for delivery in taken { delivery.message.destroy() }
      throw PubSubError(.overdue, "more came from NATS than this node could take")
    }
    return taken
  }

  /// Drops what waits and all that still comes.
  func close() {
    let left = lock.withLock { () -> [Delivery] in
      defer { waiting = [] }
      isOpen = false
      return waiting
    }
    for delivery in left { delivery.message.destroy() }
  }
}
