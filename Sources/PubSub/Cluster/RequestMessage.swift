// A question of one node to others and what each answers, as bytes around what is asked and answered. Read from
// the network: what is not of this form is nothing.

import NIOCore

/// What one node asks others.
public struct NodeRequest: Sendable, Equatable {
  /// Who asks.
  public let node: UInt64
  /// Which of its requests it is; 0: no answer is wanted.
  public let id: UInt64
  public let body: ByteBuffer

  public init(node: UInt64, id: UInt64, body: ByteBuffer) {
    self.node = node
    self.id = id
    self.body = body
  }
}

/// What one node answers, or a part of it.
public struct NodeAnswer: Sendable, Equatable {
  /// Who answers.
  public let node: UInt64
  /// The request, as the one who asks counts them.
  public let id: UInt64
  /// Counts the parts of the answer from 0.
  public let part: UInt32
  public let isLast: Bool
  /// Why there is no answer; empty unless there is none.
  public let failure: String
  public let body: ByteBuffer

  public init(
    node: UInt64, id: UInt64, part: UInt32 = 0, isLast: Bool = true, failure: String = "",
    body: ByteBuffer = ByteBuffer()
  ) {
    self.node = node
    self.id = id
    self.part = part
    self.isLast = isLast
    self.failure = failure
    self.body = body
  }
}

extension NodeRequest {
  package func write(to buffer: inout ByteBuffer) {
    buffer.writeInteger(node)
    buffer.writeInteger(id)
    buffer.writeBlob(body)
  }

  package init?(_ bytes: inout ByteBuffer) {
    guard let node = bytes.readInteger(as: UInt64.self),
      let id = bytes.readInteger(as: UInt64.self), let body = bytes.readBlob()
    else { return nil }
    self.init(node: node, id: id, body: body)
  }
}

extension NodeAnswer {
  package func write(to buffer: inout ByteBuffer) {
    buffer.writeInteger(node)
    buffer.writeInteger(id)
    buffer.writeInteger(part)
    buffer.writeInteger(isLast ? 1 as UInt8 : 0)
    buffer.writeText(failure)
    buffer.writeBlob(body)
  }

  package init?(_ bytes: inout ByteBuffer) {
    guard let node = bytes.readInteger(as: UInt64.self),
      let id = bytes.readInteger(as: UInt64.self), let part = bytes.readInteger(as: UInt32.self),
      let flags = bytes.readInteger(as: UInt8.self), let failure = bytes.readText(),
      let body = bytes.readBlob()
    else { return nil }
    self.init(
      node: node, id: id, part: part, isLast: flags & 1 == 1, failure: failure, body: body)
  }
}
