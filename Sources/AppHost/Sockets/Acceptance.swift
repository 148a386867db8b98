import PubSub

/// What a client that is let in is told, and what its socket begins with.
struct Acceptance: Sendable {
  /// The socket's id: the one it had before, for a client that was away.
  let id: String
  /// The secret by which the client can come back; nil unless recovery is on.
  var pid: String?
  /// The topics that it is still a member of.
  var topics: [String] = []
  /// What was sent to it while it was away, in order.
  var missed: [Outbound] = []
}

/// A client's subscription that wants positions.
struct Subscription: Sendable {
  /// The channel as the client asked for it.
  let name: String
  /// The channel that the script chose.
  let channel: String
  /// The ack that tells the client about it.
  let ack: Int?
  /// Where the client stands: at the position that it had, or where the channel is now.
  let position: Position
  /// Whether `missed` is all that came since the client's position.
  let isRecovered: Bool
  let missed: [Outbound]
  /// The value of the channel's model at `position`, JSON text; nil for a channel without one, and for
  /// a client that gets all that it missed.
  var snapshot: String?

  /// What the client is told.
  var json: String {
    """
    {"name":\(jsonString(name)),"channel":\(jsonString(channel)),"position":"\(position)",\
    "recovered":\(isRecovered)\(snapshot.map { ",\"snapshot\":\($0)" } ?? "")}
    """
  }
}
