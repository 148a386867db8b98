// What packets of a client do that are not just an event handed on: joining and leaving namespaces, acks,
// and packets that break the protocol. Called on the connection's event loop.

import NIOCore
import RealtimeProtocol
import Transport

extension SocketIOSession {
  /// Does what a packet asks for; closes the connection of a client that must not send it.
  func receive(_ packet: SocketPacket) {
    switch packet.type {
    case .connect:
      connect(packet)
    case .disconnect:
      guard let socket = socket(for: packet) else { return }
      remove(socket)
      depart(socket, .clientNamespaceDisconnect)
    case .event, .binaryEvent:
      guard let socket = connectedSocket(for: packet), let payload = packet.payload else { return }
      context.enqueue(
        .event(socket, payload: payload, attachments: packet.attachments, ack: packet.id),
        for: socket.isolate)
    case .ack, .binaryAck:
      guard let socket = connectedSocket(for: packet), let payload = packet.payload,
        let id = packet.id
      else { return }
      context.enqueue(
        .acknowledge(socket, id: id, payload: payload, attachments: packet.attachments),
        for: socket.isolate)
    case .connectError:
      close(.parseError)
    }
  }

  private func connect(_ packet: SocketPacket) {
    let namespace = packet.namespaceName
    guard socket(for: packet) == nil else { return close(.parseError) }
    guard sockets.count < endpoint.services.namespacesPerConnection else {
      return write(Outbound(connectError: "Too many namespaces", in: namespace))
    }
    guard
      let workers = endpoint.services.directory.workers(
        for: namespace, on: endpoint.path, host: handshake.headers.first(name: "host"))
    else {
      return write(Outbound(connectError: "Invalid namespace", in: namespace))
    }
    let isolate = workers.isolate(on: context)
    let socket = Socket(namespace: namespace, isolate: isolate, session: self)
    departed.removeAll { $0 == namespace }
    sockets.append(socket)
    context.enqueue(.connect(socket, auth: packet.payload), for: isolate)
  }

  /// The socket an event or ack is for. A packet for a namespace that was never joined breaks the
  /// protocol; one that crossed with the server's own disconnect is dropped.
  private func connectedSocket(for packet: SocketPacket) -> Socket? {
    guard let socket = socket(for: packet) else {
      if !departed.contains(packet.namespaceName) { close(.forcedServerClose) }
      return nil
    }
    guard socket.state == .connected else {
      close(.forcedServerClose)
      return nil
    }
    return socket
  }

  private func socket(for packet: SocketPacket) -> Socket? {
    sockets.first { packet.isFor($0.namespace) }
  }
}
