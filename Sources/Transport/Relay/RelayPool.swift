// The connections of one event loop to other nodes. An idle one serves the next request for its node; a
// request that finds none gets a new one, so that there are as many as there are requests at a time.

import NIOCore
import NIOHTTP1
import NIOPosix

/// Connects, keeps and ends connections to other nodes.
///
/// `@unchecked Sendable` because a relay holds one for each loop: all but `eventLoop` is touched on that loop
/// only.
final class RelayPool: @unchecked Sendable {
  /// Idle connections to one node; one more is closed.
  private static let maxIdle = 32
  /// How long one is kept; shorter than the other node waits for the next request.
  static let idleTimeout = TimeAmount.seconds(30)
  private static let connectTimeout = TimeAmount.seconds(2)

  let eventLoop: any EventLoop
  let deadlines: DeadlineQueue
  private let patience: TimeAmount
  private let log: RelayLog
  private var idle: [NodeAddress: [RelayConnection]] = [:]
  private var open: [ObjectIdentifier: (address: NodeAddress, channel: any Channel)] = [:]
  private var isQuiescing = false

  /// - Parameter patience: how long a node may take to answer.
  init(eventLoop: any EventLoop, patience: TimeAmount, log: RelayLog) {
    self.eventLoop = eventLoop
    self.patience = patience
    self.log = log
    deadlines = DeadlineQueue(eventLoop: eventLoop)
  }

  /// A request that is to be begun.
  ///
  /// - Parameter slot: nil if there is none for it, so that it has failed.
  func makeExchange(
    _ head: HTTPRequestHead, _ body: ByteBuffer, slot: RelaySlot?
  ) -> RelayExchange {
    let exchange = RelayExchange(head, body, slot: slot, patience: patience, pool: self)
    if slot == nil {
      exchange.fail(TransportError(.tooManyRelays, "Too many requests for other nodes' sessions"))
    }
    return exchange
  }

  /// Asks a node, unless the exchange has ended.
  func begin(_ exchange: RelayExchange, at address: NodeAddress) {
    guard exchange.isWaiting else { return }
    if isQuiescing {
      exchange.fail(.nodeLost)
    } else if let connection = takeIdle(address) {
      exchange.send(on: connection)
    } else {
      connect(to: address, for: exchange)
    }
  }

  // MARK: Connections

  private func connect(to address: NodeAddress, for exchange: RelayExchange) {
    let bootstrap = ClientBootstrap(group: eventLoop)
      .connectTimeout(Self.connectTimeout)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.maxMessagesPerRead, value: 1)
    let channel: EventLoopFuture<any Channel>
    if let target = try? SocketAddress(ipAddress: address.host, port: address.port) {
      channel = bootstrap.connect(to: target)
    } else {
      channel = bootstrap.connect(host: address.host, port: address.port)
    }
    channel.assumeIsolatedUnsafeUnchecked().whenComplete { result in
      switch result {
      case .success(let channel): self.connected(channel, address, exchange)
      case .failure(let error):
        self.log.warnUnreachable(address, error)
        exchange.fail(.nodeLost)
      }
    }
  }

  private func connected(
    _ channel: any Channel, _ address: NodeAddress, _ exchange: RelayExchange
  ) {
    let id = ObjectIdentifier(channel)
    open[id] = (address, channel)
    channel.closeFuture.assumeIsolatedUnsafeUnchecked().whenComplete { _ in self.open[id] = nil }
    do {
      let connection = try RelayConnection(on: channel, to: address, pool: self)
      if isQuiescing {
        exchange.fail(.nodeLost)
        connection.close()
      } else if exchange.isWaiting {
        exchange.send(on: connection)
      } else {
        keep(connection)
      }
    } catch {
      exchange.fail(.nodeLost)
      channel.close(promise: nil)
    }
  }

  private func takeIdle(_ address: NodeAddress) -> RelayConnection? {
    guard let connection = idle[address]?.popLast() else { return nil }
    if idle[address]?.isEmpty == true { idle[address] = nil }
    return connection
  }

  /// A connection has nothing to do.
  func keep(_ connection: RelayConnection) {
    guard !isQuiescing, idle[connection.address, default: []].count < Self.maxIdle else {
      return connection.close()
    }
    idle[connection.address, default: []].append(connection)
    connection.rest()
  }

  /// An idle connection has ended.
  func forget(_ connection: RelayConnection) {
    idle[connection.address]?.removeAll { $0 === connection }
    if idle[connection.address]?.isEmpty == true { idle[connection.address] = nil }
  }

  // MARK: The end

  /// Ends all connections to a node.
  func close(_ address: NodeAddress) {
    for (other, channel) in Array(open.values) where other == address {
      channel.close(promise: nil)
    }
  }

  /// Ends all connections, and makes no more.
  func quiesce() {
    isQuiescing = true
    for (_, channel) in Array(open.values) { channel.close(promise: nil) }
  }
}

extension TransportError {
  static let nodeLost = TransportError(.nodeLost, "Another node does not answer")
}
