// What pages fetch of the widgets of apps: `GET /APP/_widgets.json`, all that an app declares, and
// `GET /APP/_widgets/NAME.js`, what the browser runs for each instance. Only what is declared is there.

import NIOCore
import NIOHTTP1
import Reactive
import RealtimeProtocol
import Transport

/// Answers requests for widgets.
struct WidgetResponder: Sendable {
  let directory: AppDirectory

  /// nil when the request is for something else.
  func respond(to request: HTTPRequest, host: String?) -> HTTPResponse? {
    let parts = request.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard let app = parts.first, let rest = parts.dropFirst().first, rest.hasPrefix("_widgets"),
      let catalog = directory.place(ofApp: String(app), host: host)?.catalog
    else { return nil }
    switch (String(rest), parts.count) {
    case ("_widgets.json", 2):
      return answer(catalog.description.serialized, type: "application/json", request)
    case ("_widgets", 3):
      guard let file = parts.last, file.hasSuffix(".js"),
        let script = catalog.widgets[String(file.dropLast(3))]?.script
      else { return nil }
      return answer(script, type: "text/javascript; charset=utf-8", request)
    default: return nil
    }
  }

  private func answer(_ text: String, type: String, _ request: HTTPRequest) -> HTTPResponse {
    guard request.method == .GET || request.method == .HEAD else {
      return HTTPResponse(status: .methodNotAllowed, headers: ["allow": "GET, HEAD"])
    }
    let body = ByteBuffer(string: text)
    var tag = ByteBuffer()
    Base64.encode(ByteBuffer(bytes: SHA1.digest(body.readableBytesView).prefix(12)), into: &tag)
    let entityTag = "\"\(String(buffer: tag))\""
    let headers: HTTPHeaders = [
      "content-type": type, "etag": entityTag, "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    ]
    if request.headers["if-none-match"].contains(entityTag) {
      return HTTPResponse(status: .notModified, headers: headers)
    }
    return HTTPResponse(status: .ok, headers: headers, body: .bytes(body))
  }
}

extension PageCatalog {
  /// All widgets by name, as browsers read it.
  fileprivate var description: JSONValue {
    .object(
      JSONObject([
        ("widgets", .object(JSONObject(widgets.map { ($0.key, $0.value.description) })))
      ]))
  }
}

extension PageWidget {
  fileprivate var description: JSONValue {
    [
      "app": .string(app), "name": .string(name), "namespace": .string(namespace),
      "template": template.map { .string($0.source) } ?? nil,
      "partials": .object(JSONObject(partials.map { ($0.key, .string($0.value.source)) })),
      "params": params, "extends": base.map { .string($0) } ?? nil,
      "styles": .array(styles.map { .string($0) }), "scripts": .array(scripts.map { .string($0) }),
      "schemas": .object(schemas),
    ]
  }

  /// The file that gives browsers what runs for each instance; nil when nothing does.
  fileprivate var script: String? {
    guard let javaScript else { return nil }
    return """
      perigee.widget(\(jsonString("\(app)/\(name)")), function () {
      \(javaScript)
      });

      """
  }
}
