// What nodes tell one another about themselves, as bytes. Read from the network: what is not of this form, or of
// another version, is nothing.

import NIOCore

/// A message on the channel where nodes announce themselves.
public enum NodeMessage: Sendable, Equatable {
  /// A node is new, or was away: all others announce themselves.
  case hello(ClusterNode)
  /// A node is there.
  case here(ClusterNode)
  /// A node ends.
  case goodbye(UInt64)

  /// Apps that a node may serve, and bytes of its address.
  public static let mostApps = 10_000
  public static let longestAddress = 255

  private static let version: UInt8 = 1
  private static let helloKind: UInt8 = 1
  private static let hereKind: UInt8 = 2
  private static let goodbyeKind: UInt8 = 3
}

extension NodeMessage {
  public var bytes: ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeInteger(Self.version)
    switch self {
    case .hello(let node):
      buffer.writeInteger(Self.helloKind)
      buffer.write(node)
    case .here(let node):
      buffer.writeInteger(Self.hereKind)
      buffer.write(node)
    case .goodbye(let id):
      buffer.writeInteger(Self.goodbyeKind)
      buffer.writeInteger(id)
    }
    return buffer
  }

  /// Reads what another node wrote; nil when it is something else.
  public init?(_ bytes: ByteBuffer) {
    var bytes = bytes
    guard bytes.readInteger(as: UInt8.self) == Self.version else { return nil }
    switch bytes.readInteger(as: UInt8.self) {
    case Self.helloKind:
      guard let node = ClusterNode(&bytes) else { return nil }
      self = .hello(node)
    case Self.hereKind:
      guard let node = ClusterNode(&bytes) else { return nil }
      self = .here(node)
    case Self.goodbyeKind:
      guard let id = bytes.readInteger(as: UInt64.self), id != 0 else { return nil }
      self = .goodbye(id)
    default: return nil
    }
    guard bytes.readableBytes == 0 else { return nil }
  }
}

extension ByteBuffer {
  fileprivate mutating func write(_ node: ClusterNode) {
    writeInteger(node.id)
    writeInteger(node.startTime)
    writeText(node.address)
    writeList(node.apps.sorted()) { $0.writeText($1) }
  }
}

extension ClusterNode {
  fileprivate init?(_ bytes: inout ByteBuffer) {
    guard let id = bytes.readInteger(as: UInt64.self), id != 0,
      let startTime = bytes.readInteger(as: UInt64.self), let address = bytes.readText(),
      address.utf8.count <= NodeMessage.longestAddress,
      let apps = bytes.readList({ $0.readText() }), apps.count <= NodeMessage.mostApps
    else { return nil }
    self.init(id: id, startTime: startTime, address: address, apps: Set(apps))
  }
}
