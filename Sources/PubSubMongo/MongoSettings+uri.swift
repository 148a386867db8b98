// The URL as the client library wants it.

import CMongoSystem
import NIOCore
import PubSub

extension MongoSettings {
  /// What is never left to the URL: links are made anew by LinkedEngine, which knows what to send again.
  private static let fixedOptions: [(name: String, value: String)] = [
    ("connectTimeoutMS", "\(EngineDriverLimits.connect.milliseconds)"),
    ("serverSelectionTimeoutMS", "\(EngineDriverLimits.connect.milliseconds)"),
    ("socketTimeoutMS", "\(EngineDriverLimits.answer.milliseconds)"),
    ("retryWrites", "false"), ("retryReads", "false"),
  ]

  /// The URI of the client library.
  var uri: String {
    let userInfo = user.map { user in
      Self.encode(user) + (password.map { ":" + Self.encode($0) } ?? "") + "@"
    }
    let hosts = servers.map { server in
      let host = server.host.utf8.contains(UInt8(ascii: ":")) ? "[\(server.host)]" : server.host
      return server.port.map { "\(host):\($0)" } ?? host
    }
    let given = driverOptions.sorted { $0.key < $1.key }
      .map { "\($0.key)=\(Self.encode($0.value))" }
    let fixed = Self.fixedOptions.map { "\($0.name)=\($0.value)" }
    let scheme = isServiceName ? "mongodb+srv" : "mongodb"
    return "\(scheme)://\(userInfo ?? "")\(hosts.joined(separator: ","))/\(database)?"
      + (given + fixed).joined(separator: "&")
  }

  /// - Throws: what the client library says is wrong with the URL.
  func check() throws(PubSubError) {
    MongoLibrary.begin()
    var error = bson_error_t()
    guard let parsed = mongoc_uri_new_with_error(uri, &error) else {
      throw EngineURL.mistake("is refused by the client library: \(error.text)")
    }
    mongoc_uri_destroy(parsed)
  }

  private static func encode(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        bytes.append(byte)
      default:
        bytes.append(UInt8(ascii: "%"))
        bytes.append(digits[Int(byte >> 4)])
        bytes.append(digits[Int(byte & 15)])
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let digits = Array("0123456789ABCDEF".utf8)
}

extension TimeAmount {
  var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
