import NIOCore

/// What takes a channel over once its handshake has been answered. Isolated to that channel's event loop.
protocol UpgradedHandler: ChannelHandler, RemovableChannelHandler, Sendable {
  /// The channel ended before its handshake was done.
  func discard()
}

extension WebSocketHandler: UpgradedHandler {}
