// What the session's receiver keeps back for a client that cannot take it: it is asked for as soon as
// the client can, and never more of it than leaves at once.

import RealtimeProtocol

extension EngineConnection {
  /// Whether a message sent now would leave with the next poll or write, nothing that cannot wait
  /// before it.
  public var takesNewest: Bool {
    isReady && (session.transport == .websocket || queue.isEmpty)
  }

  /// Whether `length` more bytes may wait for the client, wherever they do.
  public func hasRoom(for length: Int) -> Bool {
    let waiting = queue.byteCount + (receiver?.keptBytes ?? 0)
    return waiting == 0 || waiting + length <= engine.configuration.outboundLimit
  }

  /// Sends what is kept back for as long as the socket takes it.
  func sendKept() {
    guard session.transport == .websocket, let receiver else { return }
    while isReady, receiver.sendKept() {}
  }

  /// Adds what is kept back to the queue, as much as one poll takes with it.
  func fillPoll() {
    guard let receiver, receiver.keptBytes > 0 else { return }
    var room = PollingPayload.maxPackets
    for frames in queue where room > 0 { room -= PollingPayload.count(upTo: room, in: frames) }
    while room > 0, receiver.sendKept() { room -= 1 }
  }
}
