// Opens connections: one at a time for whoever asks, or many with a bound on how many at once.

import NIOCore
import NIOPosix

/// A role that lives on its connection's event loop and may be touched only there.
typealias Seat<Role: ClientRole> = NIOLoopBound<Role>

struct Dialer: Sendable {
  let target: Target
  let group: MultiThreadedEventLoopGroup
  /// How long a client may take to be ready.
  var patience: TimeAmount = .seconds(15)

  /// Opens one connection on `loop` and waits until its role is ready.
  ///
  /// - Parameter makeRole: is called on the loop; the role succeeds the promise when it is ready and
  ///   fails it when it is closed before.
  func connect<Role: ClientRole>(
    _ index: Int, on loop: any EventLoop,
    makeRole: @escaping @Sendable (EventLoopPromise<Void>) throws -> Role
  ) async throws -> Seat<Role> {
    let ready = loop.makePromise(of: Void.self)
    let seat = loop.makePromise(of: Seat<Role>.self)
    let tooLate = loop.scheduleTask(in: patience) {
      ready.fail(LoadError(.timeout, "a client was not let in within \(patience)"))
    }
    ready.futureResult.whenComplete { _ in tooLate.cancel() }
    do {
      let channel = try await bootstrap(index, on: loop) { channel in
        let role = try makeRole(ready)
        seat.succeed(Seat(role, eventLoop: loop))
        try channel.pipeline.syncOperations.addHandler(ClientHandler(target: target, role: role))
      }
      .connect(host: target.host, port: target.port).get()
      channel.closeFuture.whenComplete { _ in
        ready.fail(LoadError(.closed, "a client was closed before it was let in"))
      }
      try await ready.futureResult.get()
    } catch {
      ready.fail(error)
      seat.fail(error)
      throw error
    }
    return try await seat.futureResult.get()
  }

  /// Opens `count` connections, at most `atOnce` at a time, spread evenly over the loops.
  func connectAll<Role: ClientRole>(
    _ count: Int, atOnce: Int = 64,
    makeRole: @escaping @Sendable (Int, EventLoopPromise<Void>) throws -> Role
  ) async throws -> [Seat<Role>] {
    let loops = Array(group.makeIterator())
    return try await withThrowingTaskGroup(of: Seat<Role>.self) { tasks in
      var seats: [Seat<Role>] = []
      for index in 0..<count {
        if index >= atOnce, let seat = try await tasks.next() { seats.append(seat) }
        tasks.addTask {
          try await connect(index, on: loops[index % loops.count]) { try makeRole(index, $0) }
        }
      }
      for try await seat in tasks { seats.append(seat) }
      return seats
    }
  }

  private func bootstrap(
    _ index: Int, on loop: any EventLoop,
    initializer: @escaping @Sendable (any Channel) throws -> Void
  ) throws -> ClientBootstrap {
    let bootstrap = ClientBootstrap(group: loop)
      .channelOption(.socketOption(.tcp_nodelay), value: 1)
      .channelOption(.maxMessagesPerRead, value: 4)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try initializer(channel) }
      }
    guard let local = try target.localAddress(for: index) else { return bootstrap }
    return bootstrap.bind(to: local)
  }
}
