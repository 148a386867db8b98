// Presence as JSON text: as Phoenix's clients know it for clients, without the `metas` between for scripts.

import PubSub

/// Writes who is present.
enum PresenceText {
  /// The arguments of the event `presence_state`, its name first.
  static func state(_ entries: [PresenceEntry], on channel: PresenceChannel) -> String {
    "[\"presence_state\",\(jsonString(channel.name)),\(people(entries))]"
  }

  /// The arguments of the event `presence_diff`, its name first.
  static func diff(_ diff: PresenceDiff, on channel: PresenceChannel) -> String {
    """
    ["presence_diff",\(jsonString(channel.name)),\
    {"joins":\(people(diff.joins)),"leaves":\(people(diff.leaves))}]
    """
  }

  /// An object from keys to lists of metas, for scripts.
  static func lists(_ metas: [PresenceMeta]) -> String {
    object(metas) { "[\($0)]" }
  }

  /// A list of metas.
  static func list(_ metas: [PresenceMeta]) -> String {
    "[\(metas.map(\.json).joined(separator: ","))]"
  }

  private static func people(_ entries: [PresenceEntry]) -> String {
    object(entries.map(PresenceMeta.init)) { "{\"metas\":[\($0)]}" }
  }

  /// The keys in the order in which they come first.
  private static func object(_ metas: [PresenceMeta], _ value: (String) -> String) -> String {
    var texts: [String: String] = [:]
    var keys: [String] = []
    for meta in metas {
      if texts[meta.key]?.append(",\(meta.json)") == nil {
        keys.append(meta.key)
        texts[meta.key] = meta.json
      }
    }
    let members = keys.map { "\(jsonString($0)):\(value(texts[$0] ?? ""))" }
    return "{\(members.joined(separator: ","))}"
  }
}

/// One connection under a key, as JSON says it.
struct PresenceMeta {
  let key: String
  /// An object: the ref, and what the script has given.
  let json: String

  init(_ entry: PresenceEntry) {
    key = entry.identity.key
    let rest = entry.identity.meta.dropFirst()
    json = "{\"ref\":\"\(entry.ref)\"\(rest == "}" ? "" : ",")\(rest)"
  }

  /// One that the running handler has just made, and that has no ref yet.
  init(key: String, meta: String) {
    self.key = key
    json = meta
  }
}
