import PubSub

/// The names under which the sockets of a namespace are found in topic tables.
///
/// Rooms and channels of one name are different topics; a namespace never reaches another's.
enum Topic {
  static func everyone(in namespace: String) -> String { namespace }
  static func room(_ name: String, in namespace: String) -> String {
    topic("r", name, in: namespace)
  }
  static func channel(_ name: String, in namespace: String) -> String {
    topic("c", name, in: namespace)
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
    name(of: topic, behind: room("", in: namespace))
  }
  /// The name of the channel whose presence is heard; nil for another topic.
  static func presence(of topic: String, in namespace: String) -> String? {
    name(of: topic, behind: presence(PresenceChannel("", in: namespace)))
  }
  private static func name(of topic: String, behind prefix: String) -> String? {
    topic.hasPrefix(prefix) ? String(topic.dropFirst(prefix.count)) : nil
  }
  /// The subscribers of a channel who want positions.
  static func positions(_ name: String, in namespace: String) -> String {
    topic("p", name, in: namespace)
  }
  /// Those who hear who is present on a channel.
  static func presence(_ channel: PresenceChannel) -> String {
    topic("w", channel.name, in: channel.namespace)
  }
  /// One socket, as the address of packets that are for it alone; nobody joins it.
  static func socket(_ id: String, in namespace: String) -> String {
    topic("s", id, in: namespace)
  }

  /// Made for every publication, and so without the detours of an interpolation.
  private static func topic(_ kind: Unicode.Scalar, _ name: String, in namespace: String) -> String
  {
    let length = namespace.utf8.count + 2 + name.utf8.count
    return String(unsafeUninitializedCapacity: length) { bytes in
      let mark = bytes.initialize(fromContentsOf: namespace.utf8)
      bytes.initializeElement(at: mark, to: 0)
      bytes.initializeElement(at: mark + 1, to: UInt8(ascii: kind))
      return bytes[(mark + 2)...].initialize(fromContentsOf: name.utf8)
    }
  }
}
