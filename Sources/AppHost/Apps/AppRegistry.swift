// All apps of a host: reads them, gives each an isolate, and reads them again when their files
// change. Its state belongs to one serial queue, on which blocking on files is harmless.

import Dispatch
import Foundation
import LuaRuntime
import NIOCore

/// The apps that run.
// @unchecked: mutable state is touched on `queue` only.
final class AppRegistry: @unchecked Sendable {

  private struct Entry {
    let isolate: AppIsolate
    /// What was submitted last, whether it loaded or not.
    var source: AppSource
    /// What serves.
    var report: LoadReport?
    var generation: Int { report?.generation ?? 0 }
  }

  private let queue = DispatchQueue(label: "perigee.apps")
  private let scanner: AppScanner
  private let directory: AppDirectory
  private let mounts: PageMounts
  private let contexts: LoopContexts
  private let journal: AppJournal
  private let store: ModelStore?
  private let recovery: RecoveryLimits?
  private let hubs: EngineHubs
  private let development: Bool
  private let loader = SideLoop()
  private var entries: [String: Entry] = [:]
  private var watcher: FileWatcher?
  private var started = 0

  /// - Parameter store: nil when no model outlives the process.
  init(
    scanner: AppScanner, directory: AppDirectory, mounts: PageMounts, contexts: LoopContexts,
    journal: AppJournal, store: ModelStore?, recovery: RecoveryLimits?, hubs: EngineHubs,
    development: Bool
  ) {
    self.scanner = scanner
    self.directory = directory
    self.mounts = mounts
    self.contexts = contexts
    self.journal = journal
    self.store = store
    self.recovery = recovery
    self.hubs = hubs
    self.development = development
  }

  /// Loads all apps.
  /// - Returns: how each fared, in the order of their names.
  func loadAll() async throws -> [AppStatus] {
    let names = try scanner.names()
    var statuses: [AppStatus] = []
    for name in names {
      if let status = await withCheckedContinuation({ done in
        queue.async { self.refresh(name) { done.resume(returning: $0) } }
      }) {
        statuses.append(status)
      }
    }
    return statuses
  }

  /// Starts an app that lies on no disk.
  func load(_ source: AppSource) async -> AppStatus? {
    await withCheckedContinuation { done in
      queue.async { self.submit(source) { done.resume(returning: $0) } }
    }
  }

  /// Reloads apps and pages as their files change.
  func watch(plugins: String, www: String) throws(HostError) {
    let failure: HostError? = queue.sync {
      do throws(HostError) {
        watcher = try FileWatcher(roots: [plugins, www], queue: queue) { [unowned self] paths in
          self.follow(ReloadPlan(changed: paths, plugins: plugins, www: www))
        }
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  /// Ends the watching and waits for what the queue is about.
  func stopWatching() {
    queue.sync {
      watcher?.stop()
      watcher = nil
    }
  }

  /// Ends all apps, and stores what they want kept.
  func retireAll() async {
    await withCheckedContinuation { done in
      queue.async { [self] in
        let leaving = DispatchGroup()
        for entry in entries.values { end(entry.isolate, leaving) }
        entries = [:]
        leaving.notify(queue: queue) { done.resume() }
      }
    }
    await hubs.shutDown()
    await store?.close()
    loader.shutDown()
  }

  // MARK: On the queue

  private func follow(_ plan: ReloadPlan) {
    var names = plan.apps
    if plan.isEverything {
      names.formUnion(entries.keys)
      names.formUnion((try? scanner.names()) ?? [])
    }
    for name in names.sorted() { refresh(name) { _ in } }
    refreshTemplates(plan.pages)
    for page in plan.pages where FileManager.default.fileExists(atPath: page.file) {
      var news = DevConsole.News(kind: page.isStyle ? .style : .page, app: page.app)
      news.path = page.path
      journal.console?.publish(news)
    }
  }

  /// Reads templates of widgets again that lie in files which have changed.
  private func refreshTemplates(_ changed: Set<ReloadPlan.Page>) {
    for (name, entry) in entries {
      guard let report = entry.report, let www = entry.source.www else { continue }
      let files = report.manifest?.templateFiles.map { "\(www)/\($0)" } ?? []
      guard changed.contains(where: { files.contains($0.file) }) else { continue }
      register(report, of: entry.isolate, entry.source)
      journal.note(app: name, "shows its widgets with the templates that have changed")
    }
  }

  /// Reads an app and loads it if it differs from what was loaded.
  private func refresh(_ name: String, done: @escaping @Sendable (AppStatus?) -> Void) {
    do throws(HostError) {
      guard let source = try scanner.read(name) else {
        retire(name)
        return done(nil)
      }
      submit(source, done: done)
    } catch {
      journal.unreadable(app: name, error)
      done(AppStatus(name: name, failure: error.description))
    }
  }

  private func submit(_ source: AppSource, done: @escaping @Sendable (AppStatus?) -> Void) {
    let name = source.name
    if let entry = entries[name], entry.source.runsSame(as: source) { return done(nil) }
    let isolate: AppIsolate
    do throws(HostError) {
      isolate = if let entry = entries[name] { entry.isolate } else { try makeIsolate(source) }
    } catch {
      journal.unreadable(app: name, error)
      return done(AppStatus(name: name, failure: error.description))
    }
    mounts.set(source)
    entries[name, default: Entry(isolate: isolate, source: source)].source = source
    let began = ContinuousClock.now
    isolate.submit([
      .load(source) { result in
        self.queue.async {
          done(self.finish(source, isolate, result, since: began))
        }
      }
    ])
  }

  private func finish(
    _ source: AppSource, _ isolate: AppIsolate, _ result: Result<LoadReport, LuaError>,
    since began: ContinuousClock.Instant
  ) -> AppStatus? {
    guard entries[source.name]?.isolate === isolate else { return nil }
    switch result {
    case .success(let report):
      entries[source.name]?.report = report
      register(report, of: isolate, source)
      journal.serves(source, report, since: began)
      return AppStatus(source, namespaces: report.namespaces)
    case .failure(let error):
      let serving = entries[source.name]?.generation ?? 0
      // Clients of an app that never loaded are told so, rather than that there is none.
      if serving == 0 { register(.failed(source), of: isolate, source) }
      journal.loadFailed(source, error, keeping: serving)
      return AppStatus(name: source.name, failure: error.report)
    }
  }

  private func register(_ report: LoadReport, of isolate: AppIsolate, _ source: AppSource) {
    for namespace in directory.set(report, of: isolate, source) {
      journal.warn(app: source.name, "namespace \(namespace) is served by another app already")
    }
  }

  private func retire(_ name: String) {
    guard let entry = entries.removeValue(forKey: name) else { return }
    _ = directory.set(.nothing, of: entry.isolate, entry.source)
    mounts.remove(name)
    entry.isolate.hub?.unlink(app: name)
    let leaving = DispatchGroup()
    end(entry.isolate, leaving)
    // An app of that name that comes next begins with what this one stored.
    leaving.wait()
    journal.note(app: name, "is gone; its clients were disconnected")
  }

  private func end(_ isolate: AppIsolate, _ leaving: DispatchGroup) {
    leaving.enter()
    isolate.submit([.retire { leaving.leave() }])
  }

  /// Apps take the event loops in turn.
  private func makeIsolate(_ source: AppSource) throws(HostError) -> AppIsolate {
    let hub = try hubs.hub(app: source.name, source.manifest.engineURL)
    let context = contexts.all[started % contexts.all.count]
    started += 1
    return AppIsolate(
      source: source, eventLoop: context.eventLoop, loader: loader, contexts: contexts,
      journal: journal, store: store, recovery: recovery, hub: hub, node: hubs.node,
      development: development)
  }
}
