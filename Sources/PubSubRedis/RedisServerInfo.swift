import PubSub

/// What a server says of itself. Pure.
struct RedisServerInfo {
  private static let oldest = (6, 2)

  private let fields: [Substring: Substring]

  /// - Parameter text: the answer to INFO.
  init(_ text: String) {
    var fields: [Substring: Substring] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      guard let colon = line.firstIndex(of: ":") else { continue }
      fields[line[..<colon]] = line[line.index(after: colon)...]
    }
    self.fields = fields
  }

  /// Names the server's run where the next may lose what this one has kept; empty where it does not,
  /// since all is written to a file first.
  var run: String { fields["aof_enabled"] == "1" ? "" : String(fields["run_id"] ?? "") }

  /// Throws when this is no server to publish by.
  func check() throws(PubSubError) {
    let version = fields["redis_version"] ?? "unknown"
    let numbers = version.split(separator: ".").compactMap { Int($0) }
    guard numbers.count >= 2, (numbers[0], numbers[1]) >= Self.oldest else {
      throw PubSubError(
        .refused, "the Redis server has the version \(version), but 6.2 or later is needed")
    }
    // Until it has read its files, it also says that it writes none.
    if fields["loading"] == "1" {
      throw PubSubError(.unreachable, "the Redis server is still reading its data")
    }
    if fields["redis_mode"] == "cluster" {
      throw PubSubError(
        .refused, "the Redis server is part of a Redis Cluster, which is not supported")
    }
    if fields["role"] == "slave" {
      throw PubSubError(.unreachable, "the Redis server is a replica, and takes no publications")
    }
  }
}
