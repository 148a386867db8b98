// How things are called on the server. Redis takes any bytes for a name, so that a channel's name is
// simply the end of it. Pure.

import PubSub

/// The names of one cluster's keys and Pub/Sub channels.
struct RedisNames {
  private let live: String
  private let state: String
  private let stream: String
  private let node: String

  init(_ settings: RedisSettings) {
    // Pub/Sub knows no databases, so that the name must tell them apart.
    live = "\(settings.prefix):\(settings.database):"
    state = "\(settings.prefix):channel:"
    stream = "\(settings.prefix):stream:"
    node = "\(settings.prefix):node:"
  }

  /// What a channel's publications are heard under.
  func live(_ channel: String) -> String { live + channel }

  /// The hash that says where a channel stands.
  func state(_ channel: String) -> String { state + channel }

  /// The stream of what is kept of a channel.
  func stream(_ channel: String) -> String { stream + channel }

  /// The hash of what a node has published.
  func node(_ number: UInt64) -> String { node + String(number, radix: 16) }

  /// A glob for all that `pattern` matches, and more: a star of Redis does not stop at dots.
  func glob(_ pattern: ChannelPattern) -> String {
    let parts = pattern.parts
    let globs = parts.enumerated().map { index, part in
      part == "*" || part == ">" && index == parts.count - 1 ? "*" : Self.escaped(part)
    }
    return live + globs.joined(separator: ".")
  }

  /// The channel whose publications are heard under a name; nil for the name of another cluster.
  func channel(heardUnder name: UnsafeRawBufferPointer) -> String? {
    guard name.starts(with: live.utf8) else { return nil }
    return String(validating: name.dropFirst(live.utf8.count), as: UTF8.self)
  }

  private static func escaped(_ part: Substring) -> String {
    var glob = String.UnicodeScalarView()
    for scalar in part.unicodeScalars {
      if "*?[]^\\".unicodeScalars.contains(scalar) { glob.append("\\") }
      glob.append(scalar)
    }
    return String(glob)
  }
}
