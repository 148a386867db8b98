// Under which address a host announces itself to the other nodes: what the operator says, else what follows from
// where it listens, else none, and then what the operator might do about it.

import NIOCore
import Transport

/// Where the other nodes of a cluster reach a host.
enum NodeReach: Equatable {
  case at(String)
  /// Nowhere, for this reason, which names the remedy.
  case nowhere(String)

  /// - Parameters:
  ///   - served: where clients are listened for.
  ///   - listener: where nodes are listened for, if that is elsewhere.
  init(_ configuration: HostConfiguration, served: SocketAddress, listener: NodeAddress?) {
    if !configuration.nodeAddress.isEmpty {
      self = .at(configuration.nodeAddress)
    } else if let listener {
      self =
        Self.isSpecific(listener.host)
        ? .at(listener.description)
        : .nowhere(Self.everywhere("cluster.listen", listener.host))
    } else if !configuration.certificate.isEmpty {
      self = .nowhere(
        "server.tls_cert is set, and nodes speak to one another without TLS: set cluster.listen to a HOST:PORT "
          + "that only they can reach")
    } else if let host = served.ipAddress, let port = served.port, Self.isSpecific(host) {
      self = .at(NodeAddress(host: host, port: port).description)
    } else {
      self = .nowhere(Self.everywhere("server.host", configuration.host))
    }
  }

  private static func everywhere(_ setting: String, _ host: String) -> String {
    "\(setting) is \(host), which is no address to be reached at: set cluster.address to the HOST:PORT under "
      + "which the other nodes reach this one"
  }

  private static func isSpecific(_ host: String) -> Bool { !["0.0.0.0", "::", "0"].contains(host) }
}
