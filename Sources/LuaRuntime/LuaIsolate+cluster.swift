import CLua

extension LuaIsolate {
  /// Another node serves the app from now on; `perigee.nodes()` has it.
  public func nodeUp(_ node: UInt64) { pg_node_up(host, node) }

  /// Another node does no more.
  public func nodeDown(_ node: UInt64) { pg_node_down(host, node) }

  // MARK: Asking

  /// Keeps a part of an answer for the handler that asked with `token`. Runs nothing.
  ///
  /// - Parameter text: JSON text.
  public func answered(
    token: UInt64, node: UInt64, text: UnsafeRawBufferPointer, attachments: [[UInt8]] = []
  ) {
    attach(attachments)
    pg_answered(host, token, node, text.baseAddress, text.count)
  }

  /// The handler that asked with `token` goes on. A token that is no longer awaited is ignored.
  ///
  /// - Parameter silent: a JSON array of objects with the `node` and the `reason` of those who gave no
  ///   answer.
  public func settled(token: UInt64, silent: String) {
    var silent = silent
    silent.withUTF8 { pg_settled(host, token, $0.baseAddress, $0.count) }
  }

  // MARK: Being asked

  /// Changes the clients that a target of another node reaches. The outbox gets what follows from it;
  /// nothing is run.
  public func change(
    _ change: LuaChange, namespace: String, rooms: [String], spared: [String], room: String
  ) {
    let question = LuaQuestion(
      kind: .clients, namespace: namespace, rooms: rooms, spared: spared)
    var room = room
    room.withUTF8 { bytes in
      asked(question) {
        pg_change(host, $0, pg_change_kind(UInt32(change.rawValue)), bytes.baseAddress, bytes.count)
      }
    }
  }

  /// The clients that a question is about. Runs nothing.
  public func clients(of question: LuaQuestion) -> [UInt64] {
    var handles: [UInt64] = []
    asked(question) { asked in
      var count = 0
      if let first = pg_clients(host, asked, &count) {
        handles = Array(UnsafeBufferPointer(start: first, count: count))
      }
    }
    return handles
  }

  /// Puts an `answer` to the question `number` into the outbox that says what the clients are like.
  public func describe(_ clients: [UInt64], question number: UInt64, isLast: Bool) {
    clients.withUnsafeBufferPointer {
      pg_describe(host, number, $0.baseAddress, $0.count, isLast)
    }
  }

  /// Sends the event of the question to its clients. The outbox gets `answer`s to the question
  /// `number`, the last one when all acks are there or the time is over.
  public func gather(_ question: LuaQuestion, number: UInt64) {
    asked(question, number: number) { asked in
      question.event.withUnsafeBytes { pg_gather(host, asked, $0.baseAddress, $0.count) }
    }
  }

  /// Calls the handler of an event of another node. The outbox gets an `answer` to the question
  /// `number`, later when the handler suspends; none when that is 0.
  public func serverEvent(_ question: LuaQuestion, number: UInt64, from node: UInt64) {
    asked(question, number: number, node: node) { asked in
      question.event.withUnsafeBytes { pg_server_event(host, asked, $0.baseAddress, $0.count) }
    }
  }

  private func asked(
    _ question: LuaQuestion, number: UInt64 = 0, node: UInt64 = 0,
    _ body: (UnsafePointer<pg_asked>) -> Void
  ) {
    for name in question.rooms + question.spared { attach([Array(name.utf8)]) }
    attach(question.attachments)
    question.namespace.withCString { namespace in
      var asked = pg_asked(
        question: number, name_space: namespace, rooms: question.rooms.count,
        excepted: question.spared.count, node: node, seconds: question.duration.seconds,
        is_volatile: question.isVolatile)
      body(&asked)
    }
  }
}

extension Duration {
  fileprivate var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
