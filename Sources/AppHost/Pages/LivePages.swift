// Finds the pages among the files of a www folder that show models or widgets, and reads them once. The
// static files of all mounts ask it, on a thread pool.

import NIOCore
import Reactive
import Transport

/// Makes live pages out of files.
struct LivePages: Sendable {
  let directory: AppDirectory
  let contexts: LoopContexts
  let journal: AppJournal
  /// Whether mistakes are shown in pages, in the place of what they spoil.
  let development: Bool

  /// The page that answers in place of a file; nil for one that shows nothing of an app.
  /// - Parameters:
  ///   - bytes: the file's contents.
  ///   - path: where it lies below the folder, with a slash in front.
  ///   - app: the app whose folder it is; nil for the host's own.
  func page(_ bytes: ByteBuffer, at path: String, of app: String?) -> (any DynamicPage)? {
    guard LivePage.isLive(bytes.readableBytesView) else { return nil }
    let name = "\(app.map { "\($0)/" } ?? "")www\(path)"
    return HostedPage(LivePage(html: String(buffer: bytes), name: name), app: app, pages: self)
  }
}
