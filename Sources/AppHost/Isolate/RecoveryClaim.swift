import Foundation
import NIOCore
import PubSub

/// What a Socket.IO client sends along that wants its socket back (connection state recovery).
struct RecoveryClaim: Decodable {
  let pid: String
  /// The number of the last packet that it got, as it was told it.
  private let offset: String?

  /// - Parameter auth: the payload of a CONNECT packet; nil comes of one that claims nothing.
  init?(_ auth: ByteBuffer) {
    guard let claim = try? JSONDecoder().decode(Self.self, from: Data(auth.readableBytesView))
    else { return nil }
    self = claim
  }

  /// The packet after which the client has missed something.
  ///
  /// A client that has got nothing on this socket still tells the number of an earlier one, perhaps
  /// of another process: then it has missed all since its socket began.
  func offset(in epoch: String, atLeast first: UInt64) -> UInt64 {
    guard let told = offset.flatMap({ Position($0) }), told.epoch == epoch else { return first }
    return max(told.offset, first)
  }
}
