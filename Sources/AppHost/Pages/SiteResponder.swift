// Every HTTP request that is not Socket.IO's: the host's scripts, the developer's news, the routes and
// wires of apps, their widgets and pages, the host's own pages, in this order.

import NIOCore
import NIOHTTP1
import Transport

/// Answers requests for pages and scripts.
struct SiteResponder: HTTPResponder {
  let router: AppRouter
  let mounts: PageMounts
  let widgets: WidgetResponder
  let www: StaticFiles
  let allowedHosts: HostRule
  /// nil unless the host runs in development.
  let console: DevConsole?
  let scripts: ServedScripts

  /// Files are found by path and host alone, where no app answers before them.
  var revision: Int? { router.directory.revision + mounts.revision }

  func respond(to request: HTTPRequest) -> PendingResponse {
    let host = request.headers.first(name: "host")
    guard allowedHosts.allows(host) else { return now(Self.misdirected, request) }
    if let script = scripts[request.path] { return now(script.response(to: request), request) }
    if let console, request.path == "/perigee/dev/events" {
      let news = console.news(
        since: request.firstQuery("since").flatMap { Int($0) }, app: request.firstQuery("app"),
        on: request.eventLoop)
      return PendingResponse(future: news)
    }
    if let pending = router.respond(to: request, host: host) { return pending }
    if let response = widgets.respond(to: request, host: host) { return now(response, request) }
    return PendingResponse(future: page(for: request, host: host))
  }

  func openWebSocket(for request: HTTPRequest) -> EventLoopFuture<WebSocketAnswer> {
    let host = request.headers.first(name: "host")
    guard allowedHosts.allows(host) else {
      return request.eventLoop.makeSucceededFuture(.refuse(Self.misdirected))
    }
    let nobody = HTTPResponse.text(
      "There is no WebSocket at \(request.path).", status: .notFound)
    return request.eventLoop.makeSucceededFuture(
      router.openWebSocket(for: request, host: host) ?? .refuse(nobody))
  }

  private static let misdirected = HTTPResponse.text(
    "This host name is not served here.", status: .misdirectedRequest)

  private func now(_ response: HTTPResponse, _ request: HTTPRequest) -> PendingResponse {
    PendingResponse(future: request.eventLoop.makeSucceededFuture(response))
  }

  /// An app's page, else the host's page of that path, else the host's 404.html.
  private func page(for request: HTTPRequest, host: String?) -> EventLoopFuture<HTTPResponse> {
    let parts = request.path.dropFirst().split(separator: "/", maxSplits: 1)
    guard let name = parts.first, let mount = mounts[String(name)], mount.hosts.allows(host) else {
      return hostPage(for: request)
    }
    let path = String(request.path.dropFirst(1 + name.count))
    if path.isEmpty {
      let query = request.uri.firstIndex(of: "?").map { request.uri[$0...] } ?? ""
      return request.eventLoop.makeSucceededFuture(.redirect(to: "/\(name)/\(query)"))
    }
    return mount.files.respond(to: request, path: path).flatMap { page in
      if let page { return request.eventLoop.makeSucceededFuture(page) }
      return hostPage(for: request).map(Self.substitute)
    }
  }

  private func hostPage(for request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
    www.respond(to: request, path: request.path).flatMap { page in
      if let page { return request.eventLoop.makeSucceededFuture(page) }
      return notFound(request)
    }
  }

  /// What answers only until its app has a file of that path.
  private static func substitute(_ response: HTTPResponse) -> HTTPResponse {
    var response = response
    response.makeSubstitute()
    return response
  }

  private func notFound(_ request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
    www.respond(to: request, path: "/404.html").map { page in
      guard var page, page.status == .ok else {
        return .text("There is nothing at \(request.path).", status: .notFound)
      }
      page.status = .notFound
      return Self.substitute(page)
    }
  }
}

extension HTTPRequest {
  fileprivate func firstQuery(_ name: String) -> String? {
    query.first { $0.0 == name }.map(\.1)
  }
}
