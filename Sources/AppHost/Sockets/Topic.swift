import PubSub

/// The names under which the sockets of a namespace are found in topic tables.
///
/// Rooms and channels of one name are different topics; a namespace never reaches another's.
enum Topic {
  static func everyone(in namespace: String) -> String { namespace }
  static func room(_ name: String, in namespace: String) -> String { "\(namespace)\u{0}r\(name)" }
  static func channel(_ name: String, in namespace: String) -> String {
    "\(namespace)\u{0}c\(name)"
  }
  /// How the names of channels begin on which the changes of models are published.
  static let modelPrefix = "model:"
  /// Whether `topic` is such a channel.
  static func isOfModel(_ topic: String) -> Bool { topic.contains("\u{0}c\(modelPrefix)") }
  /// Whether the members of `topic` follow a model.
  static func followsModel(_ topic: String) -> Bool {
    isOfModel(topic) || topic.contains("\u{0}p\(modelPrefix)")
  }
  /// The name of a room's topic; nil for another topic.
  static func room(of topic: String, in namespace: String) -> String? {
    let prefix = room("", in: namespace)
    return topic.hasPrefix(prefix) ? String(topic.dropFirst(prefix.count)) : nil
  }
  /// The subscribers of a channel who want positions.
  static func positions(_ name: String, in namespace: String) -> String {
    "\(namespace)\u{0}p\(name)"
  }
  /// Those who hear who is present on a channel.
  static func presence(_ channel: PresenceChannel) -> String {
    "\(channel.namespace)\u{0}w\(channel.name)"
  }
  /// One socket, as the address of packets that are for it alone; nobody joins it.
  static func socket(_ id: String, in namespace: String) -> String { "\(namespace)\u{0}s\(id)" }
}
