import NIOCore
import Transport

extension StaticFiles {
  /// A folder of pages; in development each page gets the script that reloads it.
  ///
  /// - Parameters:
  ///   - app: the app that they belong to; nil for the host's own.
  ///   - live: what makes pages anew for each request that show models or widgets.
  static func pages(
    root: String, app: String?, singlePage: Bool, live: LivePages, development: Bool
  ) -> StaticFiles {
    let script = development ? DevScript(app: app.map { "/\($0)" }) : nil
    var options = Options()
    options.spaFallback = singlePage
    options.dynamicPage = { page, path in live.page(page, at: path, of: app) }
    if let script {
      options.cacheControl = "no-cache"
      options.recheckAfter = .zero
      options.transformHTML = { page in script.insert(into: page) }
    }
    return StaticFiles(root: root, options: options)
  }
}

/// The element that makes a page follow its files in development.
private struct DevScript: Sendable {
  private let element: String

  init(app: String?) {
    element = #"<script src="/perigee/dev.js" data-app="\#(app ?? "")" defer></script>"#
  }

  /// `page` with the element at the end of its head, or at its end if it has none.
  func insert(into page: ByteBuffer) -> ByteBuffer {
    let text = String(buffer: page)
    guard let head = text.firstRange(of: "</head>") else {
      return ByteBuffer(string: text + element)
    }
    return ByteBuffer(string: text[..<head.lowerBound] + element + text[head.lowerBound...])
  }
}
