// What this node answers to the questions of nodes, its own among them, and what it changes about its clients
// because another one says so.

import LuaRuntime
import NIOCore
import PubSub

/// A question that is being answered.
struct AskedQuestion {
  let node: UInt64
  let id: UInt64
  /// The parts that are answered.
  var parts: UInt32 = 0
}

extension AppIsolate {
  /// Questions that are answered at a time; further ones are told so.
  private static let mostAsked = 10_000
  /// Clients in one part of an answer.
  private static let clientsAtOnce = 100

  /// Answers a node, now or later.
  func answer(_ request: NodeRequest) {
    guard let question = LuaQuestion(request.body) else { return }
    guard request.id != 0 else {
      lua?.serverEvent(question, number: 0, from: request.node)
      return
    }
    lastAsked += 1
    let number = lastAsked
    asked[number] = AskedQuestion(node: request.node, id: request.id)
    guard asked.count <= Self.mostAsked else { return fail(number, "overloaded") }
    guard let lua else { return fail(number, "not running") }
    switch question.kind {
    case .clients: describe(lua.clients(of: question)[...], number)
    case .acks: lua.gather(question, number: number)
    case .server: lua.serverEvent(question, number: number, from: request.node)
    }
  }

  /// Answers with some clients, and with the others in their turn.
  func describe(_ clients: ArraySlice<UInt64>, _ number: UInt64) {
    guard asked[number] != nil else { return }
    let rest = clients.dropFirst(Self.clientsAtOnce)
    lua?.describe(
      Array(clients.prefix(Self.clientsAtOnce)), question: number, isLast: rest.isEmpty)
    if !rest.isEmpty { submit([.cluster(.describe(rest, question: number))]) }
  }

  /// Sends a part of an answer to the node that asked.
  func answer(_ command: LuaCommand) {
    let number = UInt64(bitPattern: command.number)
    guard let question = asked[number] else { return }
    let failure = command.text
    let body = AnswerBody(
      text: ByteBuffer(bytes: command.body),
      attachments: command.attachments.map { ByteBuffer(bytes: $0) })
    asked[number]?.parts += 1
    if command.flag { asked[number] = nil }
    reply(
      NodeAnswer(
        node: node.id, id: question.id, part: question.parts, isLast: command.flag,
        failure: failure, body: body.bytes), to: question.node)
  }

  private func fail(_ number: UInt64, _ reason: String) {
    guard let question = asked.removeValue(forKey: number) else { return }
    reply(NodeAnswer(node: node.id, id: question.id, failure: reason), to: question.node)
  }

  private func reply(_ answer: NodeAnswer, to asker: UInt64) {
    guard asker != node.id else { return submit([.cluster(.answered(answer))]) }
    link?.send(answer, to: asker) { [weak self] result in
      guard case .failure(let error) = result else { return }
      self?.submit([.cluster(.unanswered(answer, asker: asker, error))])
    }
  }

  /// The engine has not taken an answer, most likely because it is too large: the one who asks is told.
  func unanswered(_ answer: NodeAnswer, asker: UInt64, _ error: PubSubError) {
    warnUndelivered(error)
    guard answer.failure.isEmpty else { return }
    let reason = error.code == .tooLarge ? "too large" : "not delivered"
    reply(NodeAnswer(node: node.id, id: answer.id, failure: reason), to: asker)
  }

  /// Changes clients of this node as a script of another one wants it. At once, for what comes behind it
  /// may be for the room that they join.
  func change(_ change: ClusterChange) {
    guard change.node != node.id, let lua else { return }
    lua.change(
      change.change, namespace: change.namespace, rooms: change.rooms, spared: change.spared,
      room: change.room)
    performCommands()
  }
}
