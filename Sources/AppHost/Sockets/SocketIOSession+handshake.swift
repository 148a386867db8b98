// What scripts read as `self.handshake`, made on demand: most never ask.

import Foundation
import NIOHTTP1
import RealtimeProtocol
import Transport

extension SocketIOSession {
  private struct Description: Encodable {
    let address: String
    let headers: [String: String]
    let query: [String: String]
    let path: String
    let url: String
    let secure: Bool
    let time: Double
  }

  /// The handshake as JSON. May be called on any thread: it reads only what never changes.
  func handshakeJSON() -> [UInt8]? {
    let description = Description(
      address: handshake.remoteAddress,
      headers: Dictionary(
        handshake.headers.map { ($0.name.lowercased(), $0.value) },
        uniquingKeysWith: { "\($0), \($1)" }),
      query: Dictionary(
        handshake.query.map { ($0.0, $0.1) }, uniquingKeysWith: { _, last in last }),
      path: handshake.path, url: handshake.uri, secure: handshake.secure,
      time: Double(handshake.time) / 1000)
    return (try? JSONEncoder().encode(description)).map { [UInt8]($0) }
  }
}
