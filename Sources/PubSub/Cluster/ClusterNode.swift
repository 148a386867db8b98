/// One host of a cluster, as it announces itself to the others.
public struct ClusterNode: Sendable, Equatable {
  /// A random number for each life of a host; never 0.
  public let id: UInt64
  /// When the host started, in milliseconds since 1970 by its own clock.
  public let startTime: UInt64
  /// The `host:port` under which the other nodes reach its server; empty when none is known.
  public var address: String
  /// The apps that it serves to this cluster.
  public var apps: Set<String>

  public init(id: UInt64, startTime: UInt64, address: String = "", apps: Set<String> = []) {
    self.id = id
    self.startTime = startTime
    self.address = address
    self.apps = apps
  }
}

/// The id of a node as text: sixteen hexadecimal digits.
public enum NodeID {
  public static func text(_ id: UInt64) -> String {
    let digits = String(id, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// nil when it is not of that form.
  public static func number(_ text: some StringProtocol) -> UInt64? {
    let isOfForm =
      text.utf8.count == 16
      && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    return isOfForm ? UInt64(text, radix: 16) : nil
  }
}
