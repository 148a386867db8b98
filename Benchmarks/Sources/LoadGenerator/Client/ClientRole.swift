// What one connection does once it is let in. A scenario gives each of its connections a role.

import NIOCore

/// The behaviour of one client; called on the connection's event loop only.
protocol ClientRole: AnyObject, SendableMetatype {
  /// The namespace took the client in.
  func connected(_ line: Line)
  /// An event, an ack or a goodbye arrived.
  func received(_ packet: SocketPacket, _ line: Line)
  /// The connection is over; `reason` is nothing when both sides ended it in order.
  func closed(_ reason: LoadError?)
}
