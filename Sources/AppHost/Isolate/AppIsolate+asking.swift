// What scripts ask of the nodes that serve their app. The questions go round by the engine; this node answers
// its own like those of others. In a host that is alone nobody else is asked.

import LuaRuntime
import NIOCore
import PubSub

extension AppIsolate {
  /// Asks all nodes what a script asks.
  func ask(_ command: LuaCommand) {
    guard let question = LuaQuestion(command) else { return }
    guard command.token != 0 else { return send(question, id: 0) }
    let asked = question.kind == .server ? peers : peers.union([node.id])
    let patience = question.duration + (question.kind == .acks ? Self.returnTime : .zero)
    do throws(PubSubError) {
      let id = try questions.begin(
        command.token, expecting: asked, until: .now() + TimeAmount(patience))
      if asked.isEmpty { return settle(questions.withdraw(id)) }
      alarms.start(.question(id), after: TimeAmount(patience), repeats: false, on: eventLoop) {
        [weak self] in self?.submit([.cluster(.questionsAreDue)])
      }
      if !peers.isEmpty { send(question, id: id) }
      if asked.contains(node.id) {
        submit([.cluster(.asked(NodeRequest(node: node.id, id: id, body: question.bytes)))])
      }
    } catch {
      settle(command.token, [(node.id, .failed(error.message))])
    }
  }

  /// What acks that came in time may take from node to node.
  private static let returnTime = Duration.seconds(2)

  private func send(_ question: LuaQuestion, id: UInt64) {
    let request = NodeRequest(node: node.id, id: id, body: question.bytes)
    link?.send(.request(request)) { [weak self] result in
      if case .failure(let error) = result { self?.submit([.cluster(.unasked(id, error))]) }
    }
  }

  /// Has the other nodes change their clients, too.
  func spreadChange(_ command: LuaCommand) {
    guard let link, let change = command.change else { return }
    let message = ClusterChange(
      node: node.id, change: change, namespace: command.namespace,
      rooms: command.rooms.map { String(decoding: $0, as: UTF8.self) },
      spared: command.exceptRooms.map { String(decoding: $0, as: UTF8.self) }, room: command.text)
    // In order with what is sent behind it.
    if let shared, !shared.isAway, !shared.isEnding { return write(.changed(message)) }
    link.send(.change(message)) { [weak self] result in
      if case .failure(let error) = result { self?.submit([.cluster(.undelivered(error))]) }
    }
  }

  /// The engine has not taken a question.
  func unasked(_ id: UInt64, _ error: PubSubError) {
    warnUndelivered(error)
    for node in peers {
      receive(NodeAnswer(node: node, id: id, failure: "not delivered"))
    }
  }

  /// Takes an answer, or a part of one.
  func receive(_ answer: NodeAnswer) {
    switch questions.received(answer) {
    case .ignored: break
    case .kept(let token, let settled):
      if let body = AnswerBody(answer.body) {
        body.text.withUnsafeReadableBytes {
          lua?.answered(
            token: token, node: answer.node, text: $0,
            attachments: body.attachments.map { Array($0.readableBytesView) })
        }
      }
      settle(settled)
    case .refused(let settled): settle(settled)
    }
  }

  /// Nobody waits for the answers of a node that is gone.
  func forgoAnswers(of node: UInt64) {
    for settled in questions.nodeDown(node) { settle(settled) }
  }

  /// The time of some questions is over.
  func expireQuestions() {
    for settled in questions.expire(now: .now()) { settle(settled) }
  }

  /// The handler that asked goes on, in its turn.
  private func settle(_ settled: RequestTable<UInt64>.Settled?) {
    guard let settled else { return }
    alarms.cancel(.question(settled.id))
    settle(settled.asker, settled.silent)
  }

  private func settle(_ token: UInt64, _ silent: [(node: UInt64, silence: Silence)]) {
    let entries = silent.map { node, silence in
      #"{"node":"\#(NodeID.text(node))","reason":\#(jsonString(silence.reason))}"#
    }
    submit([.cluster(.settled(token, life: life, silent: "[\(entries.joined(separator: ","))]"))])
  }
}

extension Silence {
  /// What scripts read.
  fileprivate var reason: String {
    switch self {
    case .timeout: "timeout"
    case .gone: "disconnected"
    case .failed(let reason): reason
    }
  }
}
