import LuaRuntime

extension App {
  /// Answers what came of a request for `route`, made by a client of its own.
  @discardableResult
  func request(
    _ route: String, _ json: String = "{}", body: String = "", files: [String] = [],
    as socket: UInt64 = 100
  ) -> [Told] {
    open(socket, session: socket)
    Array(json.utf8).withUnsafeBytes {
      isolate.request(
        socket: socket, route: route, request: $0,
        attachments: [Array(body.utf8)] + files.map { Array($0.utf8) })
    }
    return take()
  }

  /// Publishes `message` for a listener.
  @discardableResult
  func publish(_ message: String, to listener: UInt64, attachments: [[UInt8]] = []) -> [Told] {
    Array(message.utf8).withUnsafeBytes {
      isolate.deliver(listener: listener, message: $0, attachments: attachments)
    }
    return take()
  }

  func abandon(_ socket: UInt64 = 100) -> [Told] {
    isolate.abandon(socket: socket)
    return take()
  }

  func drain(_ bytes: Int, of socket: UInt64 = 100) -> [Told] {
    isolate.drained(socket: socket, bytes: bytes)
    return take()
  }
}

extension Told {
  /// A response as `STATUS name: value, … | body`, its headers sorted.
  var response: String {
    let names = stride(from: 0, to: rooms.count - 1, by: 2)
    let headers = names.map { rooms[$0] + ": " + rooms[$0 + 1] }.sorted().joined(separator: ", ")
    return "\(number) \(headers) | \(body)" + (flag ? "…" : "")
  }
}

/// The response of a single request to a script, or what came instead.
func respond(
  _ script: String, _ route: String = "GET /", _ json: String = "{}", body: String = "",
  files: [String] = [], development: Bool = true
) throws -> String {
  let app = try App(script, development: development, connected: false)
  let told = app.request(route, json, body: body, files: files)
  let responses = told.filter { $0.kind == .respond }
  guard let response = responses.first, responses.count == 1 else {
    return told.map(\.description).joined(separator: "\n")
  }
  return response.response
}
