// Passes requests of other nodes' sessions on to these nodes. Used by the Engine.IO endpoints and by
// responders that keep sessions of their own; shared by all event loops. A host that is alone has none. It
// never passes a request on that another node has passed on.

import Atomics
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// A server's way to the sessions of other nodes.
public final class Relay: Sendable {
  /// How often a node is looked for that may become known.
  private static let findInterval = TimeAmount.milliseconds(20)

  private let route: any SessionRoute
  private let pools: [RelayPool]
  private let limit: Int
  private let count = ManagedAtomic(0)
  private let log: RelayLog

  /// - Parameters:
  ///   - group: whose loops carry the server's connections.
  ///   - limit: how many requests and WebSockets may be passed on at a time; more get 503.
  ///   - patience: how long a node may take to answer.
  public init(
    route: any SessionRoute, group: MultiThreadedEventLoopGroup, limit: Int, patience: TimeAmount,
    logger: Logger
  ) {
    self.route = route
    self.limit = limit
    let log = RelayLog(logger: logger)
    self.log = log
    pools = group.makeIterator().map { RelayPool(eventLoop: $0, patience: patience, log: log) }
  }

  /// Makes the id of a session of this node, which cannot be guessed.
  public func makeID() -> String { SessionID.make(on: route.node) }

  /// Passes a request on to the node whose session `id` is. Called on the request's event loop.
  ///
  /// The future fails with ``TransportError``: ``TransportError/Code/tooManyRelays``, or
  /// ``TransportError/Code/nodeLost`` when the node does not answer, or ends in the middle.
  /// - Returns: nil if the session is not that of another node that is known, or the request has been
  ///   passed on already.
  public func forward(_ request: HTTPRequest, of id: String) -> PendingResponse? {
    guard let exchange = begin(request, of: id, isWebSocket: false) else { return nil }
    let response = exchange.answer.flatMapThrowing { try $0.response }
    // What a POST brings counts, whether its client waits for the answer or not.
    guard request.method == .GET else { return PendingResponse(future: response) }
    return PendingResponse(future: response) { exchange.abandon() }
  }

  /// Passes the handshake of a WebSocket on to the node whose session `id` is, as ``forward(_:of:)``
  /// does.
  func tunnel(_ request: HTTPRequest, of id: String) -> EventLoopFuture<RelayAnswer>? {
    begin(request, of: id, isWebSocket: true)?.answer
  }

  private func begin(_ request: HTTPRequest, of id: String, isWebSocket: Bool) -> RelayExchange? {
    guard let node = owner(of: id, for: request),
      let head = RelayHead.request(request, isWebSocket: isWebSocket),
      let pool = pools.first(where: { $0.eventLoop === request.eventLoop })
    else { return nil }
    let address = route.address(of: node)
    if address == nil && route.isComplete { return nil }
    let slot = RelaySlot.take(of: count, limit: limit)
    if slot == nil { log.warnFull(limit) }
    let exchange = pool.makeExchange(head, request.body, slot: slot)
    if let address { pool.begin(exchange, at: address) } else { find(node, for: exchange, pool) }
    return exchange
  }

  /// The other node whose session a request is for, unless it has been passed on already.
  private func owner(of id: String, for request: HTTPRequest) -> UInt64? {
    guard let node = SessionID.node(of: id), node != route.node else { return nil }
    guard request.headers.contains(name: RelayHead.mark) else { return node }
    log.warnMisled()
    return nil
  }

  /// Asks a node as soon as it is known, or gives it up.
  private func find(_ node: UInt64, for exchange: RelayExchange, _ pool: RelayPool) {
    guard exchange.isWaiting else { return }
    if let address = route.address(of: node) { return pool.begin(exchange, at: address) }
    if route.isComplete { return exchange.fail(.nodeLost) }
    pool.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.findInterval) {
      self.find(node, for: exchange, pool)
    }
  }

  // MARK: The end

  /// A node is not there any more: what waits for it is told.
  public func lost(_ address: NodeAddress) {
    for pool in pools { pool.eventLoop.execute { pool.close(address) } }
  }

  /// The server stops: nothing is passed on any more, and what waits is told.
  func quiesce() {
    for pool in pools { pool.eventLoop.execute { pool.quiesce() } }
  }
}

/// One of so many places; it is free again when nobody holds it.
final class RelaySlot: Sendable {
  private let count: ManagedAtomic<Int>

  private init(_ count: ManagedAtomic<Int>) { self.count = count }

  deinit { count.wrappingDecrement(ordering: .relaxed) }

  /// - Returns: nil if all are taken.
  static func take(of count: ManagedAtomic<Int>, limit: Int) -> RelaySlot? {
    let slot = RelaySlot(count)
    return count.loadThenWrappingIncrement(ordering: .relaxed) < limit ? slot : nil
  }
}
