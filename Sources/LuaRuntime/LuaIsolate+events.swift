import CLua

extension LuaIsolate {
  /// Makes a socket known. Its `self` table is made when a handler first needs it.
  ///
  /// - Parameters:
  ///   - socket: the owner's name for it, never 0, unique for ever.
  ///   - id: what clients know it by, `self.id`.
  ///   - session: the key of `self.session`; an app's namespaces on one connection share it.
  ///   - script: the namespace of the script that serves it, when `namespace` matched a pattern.
  /// - Returns: false when no script serves the namespace, or 10,000 namespaces are in use besides
  ///   those of scripts, or there is no memory; the socket is not known then.
  @discardableResult
  public func open(
    socket: UInt64, namespace: String, script: String? = nil, id: String, session: UInt64
  ) -> Bool {
    // C's strings end at a zero: the rest of such a name would be lost.
    if namespace.utf8.contains(0) { return false }
    return pg_open(host, socket, namespace, script ?? namespace, id, session)
  }

  /// Runs `on_connect(self, auth)`. The outbox gets one `accept` or `refuse`, later when the
  /// handler suspends. A refused socket is forgotten at once.
  ///
  /// - Parameter auth: the JSON text of the CONNECT payload, if there was one.
  public func connect(socket: UInt64, auth: UnsafeRawBufferPointer?) {
    pg_connect(host, socket, auth?.baseAddress, auth?.count ?? 0)
  }

  /// Dispatches one event.
  ///
  /// - Parameters:
  ///   - payload: JSON text of the args array, the event's name first.
  ///   - attachments: the bytes behind the payload's placeholders, in order.
  ///   - ack: the id that the client wants answered, or -1.
  public func event(
    socket: UInt64, payload: UnsafeRawBufferPointer, attachments: [[UInt8]] = [], ack: Int64 = -1
  ) {
    attach(attachments)
    pg_event(host, socket, payload.baseAddress, payload.count, ack)
  }

  /// Dispatches events of one client one after the other, until one was stopped by its limits, took
  /// long, has paused or filled the memory, or the outbox holds `commands` or 64 KiB.
  ///
  /// - Parameters:
  ///   - bytes: what the events' places mean.
  /// - Returns: how many were dispatched.
  public func events(
    socket: UInt64, _ events: UnsafeBufferPointer<LuaEvent>, in bytes: UnsafeRawBufferPointer,
    commands: Int
  ) -> Int {
    guard let base = events.baseAddress else { return 0 }
    return base.withMemoryRebound(to: pg_event_place.self, capacity: events.count) {
      pg_events(host, socket, bytes.baseAddress, $0, events.count, commands)
    }
  }

  /// Continues the handler that waits in `emit_with_ack` for `id`; when it waits for others too, it
  /// goes on with the last of them. An id nobody waits for is ignored.
  ///
  /// - Parameter payload: JSON text of the array of acked values.
  public func acknowledge(
    socket: UInt64, id: Int64, payload: UnsafeRawBufferPointer, attachments: [[UInt8]] = []
  ) {
    attach(attachments)
    pg_acknowledge(host, socket, id, payload.baseAddress, payload.count)
  }

  /// Tells the waiting `emit_with_ack` calls that the peer is gone, runs
  /// `on_disconnect(self, reason)` for a socket that had been accepted, cancels its timers, and
  /// forgets it.
  public func disconnect(socket: UInt64, reason: String) {
    pg_disconnect(host, socket, reason)
  }

  /// A sleep is over or an ack is overdue. A token that is no longer awaited is ignored.
  public func wake(_ token: UInt64) {
    pg_wake(host, token)
  }

  /// A publication that a handler waits for is kept, at a position, or it is not, for a reason. A token that
  /// is no longer awaited is ignored.
  public func published(_ token: UInt64, _ answer: LuaPublication) {
    let (isKept, text) =
      switch answer {
      case .kept(let position): (true, position)
      case .failed(let reason): (false, reason)
      }
    Array(text.utf8).withUnsafeBytes {
      pg_published(host, token, isKept, $0.baseAddress, $0.count)
    }
  }

  /// Runs a timer's function. A cancelled timer is ignored.
  public func fire(timer: UInt64) {
    pg_fire(host, timer)
  }

  /// Like ``disconnect(socket:reason:)``, but what the scripts keep about the socket stays for
  /// ``rejoin(socket:auth:)``. A socket that was never let in is forgotten all the same.
  ///
  /// Several handlers may run, one after the other: ``slice`` must be nil meanwhile, as for
  /// ``disconnect(socket:reason:)``.
  public func park(socket: UInt64, reason: String) {
    pg_park(host, socket, reason)
  }

  /// The client of a parked socket is back: middleware and `on_connect` run again, with
  /// `self.recovered`. The outbox gets one `accept` or `refuse`. A refused one is forgotten.
  public func rejoin(socket: UInt64, auth: UnsafeRawBufferPointer?) {
    pg_rejoin(host, socket, auth?.baseAddress, auth?.count ?? 0)
  }

  /// The socket that was just opened is one that another node had: ``connect(socket:auth:)`` finds
  /// `self.recovered`, and the rooms that it was in.
  ///
  /// - Returns: false when there is no memory for the rooms; the socket is in some of them then.
  public func restore(socket: UInt64, rooms: [String]) -> Bool {
    pg_restore(host, socket)
    return rooms.allSatisfy { room in
      var room = room
      return room.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) {
          pg_restore_room(host, socket, $0.baseAddress, $0.count)
        }
      }
    }
  }

  /// The client of a parked socket does not come back.
  public func forget(socket: UInt64) {
    pg_forget(host, socket)
  }

  func attach(_ attachments: [[UInt8]]) {
    for bytes in attachments {
      bytes.withUnsafeBytes { pg_attach(host, $0.baseAddress, $0.count) }
    }
  }
}

/// What has become of a publication.
public enum LuaPublication: Sendable, Equatable {
  /// It is kept at this position.
  case kept(String)
  case failed(reason: String)
}
