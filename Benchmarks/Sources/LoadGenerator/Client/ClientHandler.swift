// Joins a channel, the conversation on it, and a role. It performs what the conversation calls for
// and leaves everything else to the role. One per connection, last in its pipeline.

import NIOCore

final class ClientHandler<Role: ClientRole>: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let role: Role
  private let line: Line
  private var conversation: Conversation
  private var inbox = ByteBuffer()
  private var reason: LoadError?

  init(target: Target, role: Role) {
    self.role = role
    self.line = Line(target: target)
    self.conversation = Conversation(prefix: target.prefix)
  }

  func channelActive(context: ChannelHandlerContext) {
    line.attach(context)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if inbox.readableBytes == 0 {
      inbox = bytes
    } else {
      inbox.discardReadBytes()
      inbox.writeBuffer(&bytes)
    }
    line.beginRead()
    do {
      while let incident = try conversation.next(from: &inbox) { act(on: incident) }
    } catch {
      reason = error
      line.close()
    }
    if inbox.readableBytes == 0 { inbox = ByteBuffer() }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    line.endRead()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    reason = LoadError(.closed, "the connection broke", underlying: error)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    line.detach()
    role.closed(reason)
  }

  private func act(on incident: Conversation.Incident) {
    switch incident {
    case .opened: line.askForNamespace()
    case .connected: role.connected(line)
    case .packet(let packet): role.received(packet, line)
    case .ping: line.answerPing()
    case .framePing(let payload): line.answerFramePing(payload)
    case .closed: line.close()
    }
  }
}
