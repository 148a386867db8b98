import PubSub
import Transport

/// One channel that a request on a plain wire asks for: `channel=room/1` with its position.
struct ChannelQuery: Sendable, Equatable {
  /// What `subscribe_NAME` is looked up by.
  let name: String
  /// Its further arguments, strings all.
  let arguments: [String]
  /// As the client gave it; empty for from now on.
  let position: String

  /// How many a request may name: each publication's id tells a client's position in all of them.
  static let maxCount = 100

  /// The channels that the query of a request names, in order.
  /// - Parameter lastEventID: the positions that a reconnecting event stream tells in a header.
  static func all(in query: [(String, String)], lastEventID: String? = nil) -> [ChannelQuery] {
    let text =
      lastEventID
      ?? query.first { ["position", "last_event_id", "lastEventID"].contains($0.0) }?.1 ?? ""
    let positions = text.split(separator: ",", omittingEmptySubsequences: false)
    return query.filter { $0.0 == "channel" && !$0.1.isEmpty }.enumerated().map { index, pair in
      let parts = pair.1.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      return ChannelQuery(
        name: parts[0], arguments: Array(parts.dropFirst()),
        position: index < positions.count ? String(positions[index]) : "")
    }
  }

  /// The event that subscribes to it.
  var event: String {
    let arguments = arguments.map { "," + jsonString($0) }.joined()
    return """
      ["subscribe",{"channel":\(jsonString(name)),"position":\(jsonString(position))}\(arguments)]
      """
  }
}

/// Where a client stands in the channels that it asked for, in the order of its query.
struct ChannelPositions: Sendable {
  /// A channel's name is known once it has been granted.
  private var places: [(channel: String?, position: String)]
  private var granted = 0

  init(_ queries: [ChannelQuery]) {
    // The text goes into streams by lines: of what clients send only positions reach it.
    places = queries.map { (nil, Position($0.position)?.description ?? "") }
  }

  /// The next channel in order has been granted.
  mutating func grant(_ subscription: Subscription) {
    guard granted < places.count else { return }
    places[granted] = (subscription.channel, subscription.position.description)
    granted += 1
  }

  /// Moves on to a publication.
  /// - Returns: false if the client did not ask for its channel.
  mutating func move(to publication: Publication) -> Bool {
    var isAsked = false
    for index in places.indices where places[index].channel == publication.channel {
      places[index].position = publication.position.description
      isAsked = true
    }
    return isAsked
  }

  /// Whether the client asked for one channel, so that its position alone is the text.
  var isSingle: Bool { places.count == 1 }

  /// What the client comes back with: positions joined by commas.
  var text: String { places.map(\.position).joined(separator: ",") }
}
