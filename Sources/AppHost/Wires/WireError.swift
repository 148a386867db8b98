import NIOCore
import NIOHTTP1
import RealtimeProtocol
import Transport

/// Why a client on a plain wire does not get what it asked for.
struct WireError: Error, Sendable {
  /// What HTTP says about it.
  let status: Int
  /// As in the event `error`: `channel_not_available` and the like.
  let name: String
  let message: String
  /// JSON that the script sent along.
  var data: String?

  init(status: Int, name: String, message: String, data: String? = nil) {
    self.status = status
    self.name = name
    self.message = message
    self.data = data
  }

  /// `{"error":…,"message":…}`
  var json: String {
    let data = data.map { #","data":\#($0)"# } ?? ""
    return #"{"error":\#(jsonString(name)),"message":\#(jsonString(message))\#(data)}"#
  }

  var response: HTTPResponse {
    .json(ByteBuffer(string: json), status: .init(statusCode: status))
  }

  /// The session ended before what was asked for came about.
  static func ended(_ reason: CloseReason) -> WireError {
    if reason == .parseError {
      return WireError(status: 400, name: "bad_request", message: "The event is not valid")
    }
    return WireError(status: 503, name: "closed", message: reason.rawValue)
  }

  /// A script's `connect_error`, which is a JSON object.
  static func refused(_ packet: Outbound) -> WireError {
    let fields = JSONFields(packet.json)
    let message = fields?.string("message") ?? "The app refused the connection"
    let isDown = message.hasSuffix("the server's log says why")
    return WireError(
      status: isDown ? 503 : 403, name: isDown ? "not_running" : "connection_refused",
      message: message, data: fields?.raw("data").map { String(buffer: $0) })
  }

  /// The event `error` that answers what the client asked for.
  static func answered(_ packet: Outbound) -> WireError {
    let values = JSONFields.elements(packet.json)?.dropFirst().map { JSONFields.text($0) }
    let name = values?.first.flatMap { $0 } ?? "internal_error"
    let message = values?.dropFirst().first.flatMap { $0 } ?? ""
    return WireError(status: status(of: name), name: name, message: message)
  }

  private static func status(of name: String) -> Int {
    switch name {
    case "channel_not_specified", "unallowed_event_name": 400
    case "subscription_rejected", "unsubscription_rejected", "method_access_denied": 403
    case "channel_not_available", "no_such_method": 404
    case "invalid_method_args": 422
    case "overloaded": 503
    default: 500
    }
  }
}
