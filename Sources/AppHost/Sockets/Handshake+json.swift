// What scripts read as `self.handshake`, made on demand: most never ask.

import Foundation
import NIOHTTP1
import RealtimeProtocol
import Transport

extension Handshake {
  private struct Description: Encodable {
    let address: String
    let headers: [String: String]
    let query: [String: String]
    let path: String
    let url: String
    let secure: Bool
    let time: Double
  }

  /// The handshake as scripts see it.
  func json() -> [UInt8]? {
    let description = Description(
      address: remoteAddress,
      headers: Dictionary(
        headers.map { ($0.name.lowercased(), $0.value) },
        uniquingKeysWith: { "\($0), \($1)" }),
      query: Dictionary(
        query.map { ($0.0, $0.1) }, uniquingKeysWith: { _, last in last }),
      path: path, url: uri, secure: secure,
      time: Double(time) / 1000)
    return (try? JSONEncoder().encode(description)).map { [UInt8]($0) }
  }
}
