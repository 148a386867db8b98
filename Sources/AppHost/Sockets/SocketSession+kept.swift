// How a session treats events of which only the newest of a key counts: they go at once while the
// client takes them; while it does not, the newest of each key is kept. Whatever is kept goes before
// any newer event of its key. Called on the connection's loop.

extension SocketSession {
  /// What is kept back for the client, in bytes; it counts as waiting.
  var keptBytes: Int { kept?.bytes ?? 0 }

  /// Keeps a packet that has a key, if the client cannot take it now.
  ///
  /// - Returns: false if it is to be sent.
  func keepsBack(_ packet: Outbound, for socket: Socket) -> Bool {
    guard let key = packet.key else { return false }
    while takesNewest, sendKept() {}
    guard kept != nil || !takesNewest else { return false }
    keep(packet, key, for: socket)
    return true
  }

  private func keep(_ packet: Outbound, _ key: [UInt8], for socket: Socket) {
    let events = kept ?? KeptEvents()
    guard let growth = events.growth(by: packet, of: key, for: socket),
      growth <= 0 || hasRoom(for: growth)
    else { return cutOff() }
    events.put(packet, of: key, for: socket)
    // Packets that follow must not lead the client back to before this one.
    if let offset = packet.offset { socket.lastOffset = offset }
    guard kept == nil else { return }
    kept = events
    beganKeeping()
  }

  /// Sends what has been kept longest.
  ///
  /// - Returns: false if nothing is left.
  func sendKept() -> Bool {
    guard let events = kept, !events.isSending, let (socket, packet) = events.popFirst() else {
      return false
    }
    if events.isEmpty { kept = nil }
    events.isSending = true
    sendNewest(packet, to: socket)
    events.isSending = false
    return true
  }

  /// Sends all that is kept, whether the client takes it or not.
  func sendAllKept() { while sendKept() {} }

  /// Sends what is kept for one membership, which is about to end.
  func sendKept(of socket: Socket) {
    for packet in takeKept(of: socket) { sendNewest(packet, to: socket) }
  }

  /// Forgets what is kept for one membership, and answers what that was.
  @discardableResult
  func takeKept(of socket: Socket) -> [Outbound] {
    guard let events = kept else { return [] }
    let taken = events.removeAll(of: socket)
    if events.isEmpty { kept = nil }
    return taken
  }
}
