// Where the pages of each app lie. Written by the registry, read for every page request.

import Atomics
import NIOConcurrencyHelpers
import Transport

/// The `www` folders of apps by the apps' names.
final class PageMounts: Sendable {
  /// An app's pages.
  struct Mount: Sendable {
    let root: String
    let files: StaticFiles
    let hosts: HostRule
  }

  private let mounts = NIOLockedValueBox<[String: Mount]>([:])
  private let changes = ManagedAtomic(0)
  private let live: LivePages
  private let development: Bool

  /// - Parameter live: what makes pages anew for each request.
  init(live: LivePages, development: Bool) {
    self.live = live
    self.development = development
  }

  /// Serves the pages of `source`, or none any more if it has none.
  func set(_ source: AppSource) {
    guard let root = source.www else { return remove(source.name) }
    let files = StaticFiles.pages(
      root: root, app: source.name, singlePage: source.manifest.singlePage, live: live,
      development: development)
    let mount = Mount(root: root, files: files, hosts: HostRule(source.manifest.allowedHosts))
    mounts.withLockedValue { $0[source.name] = mount }
    changes.wrappingIncrement(ordering: .releasing)
  }

  func remove(_ name: String) {
    mounts.withLockedValue { $0[name] = nil }
    changes.wrappingIncrement(ordering: .releasing)
  }

  /// Grows with each change.
  var revision: Int { changes.load(ordering: .acquiring) }

  subscript(name: String) -> Mount? { mounts.withLockedValue { $0[name] } }
}
