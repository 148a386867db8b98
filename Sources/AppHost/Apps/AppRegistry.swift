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
    let workers: AppWorkers
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
  private let database: HistoryDatabase?
  private let recovery: RecoveryLimits?
  private let hubs: EngineHubs
  private let development: Bool
  private let loader = SideLoop()
  private var entries: [String: Entry] = [:]
  private var watcher: FileWatcher?
  private var started = 0

  /// - Parameters:
  ///   - store: nil when no model outlives the process.
  ///   - database: nil when no channel does, but by an engine.
  init(
    scanner: AppScanner, directory: AppDirectory, mounts: PageMounts, contexts: LoopContexts,
    journal: AppJournal, store: ModelStore?, database: HistoryDatabase?,
    recovery: RecoveryLimits?, hubs: EngineHubs, development: Bool
  ) {
    self.scanner = scanner
    self.directory = directory
    self.mounts = mounts
    self.contexts = contexts
    self.journal = journal
    self.store = store
    self.database = database
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
        for entry in entries.values { end(entry.workers, leaving) }
        entries = [:]
        leaving.notify(queue: queue) { done.resume() }
      }
    }
    await hubs.shutDown()
    await store?.close()
    database?.close()
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
      register(report, of: entry.workers, entry.source)
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
    let workers: AppWorkers
    do throws(HostError) {
      try source.manifest.check(app: name, keepsHistory: database != nil || hubs.hasHost)
      workers = if let entry = entries[name] { entry.workers } else { try makeWorkers(source) }
    } catch {
      journal.unreadable(app: name, error)
      return done(AppStatus(name: name, failure: error.description))
    }
    warnOfWorkers(source, entries[name]?.source)
    mounts.set(source)
    entries[name, default: Entry(workers: workers, source: source)].source = source
    let began = ContinuousClock.now
    let ballot = LoadBallot(voters: workers.all.count) { results in
      self.queue.async { done(self.finish(source, workers, results, since: began)) }
    }
    for isolate in workers.all { isolate.submit([.load(source, ballot)]) }
  }

  /// - Parameter results: by the numbers of the workers, at least one.
  private func finish(
    _ source: AppSource, _ workers: AppWorkers, _ results: [Int: Result<LoadReport, LuaError>],
    since began: ContinuousClock.Instant
  ) -> AppStatus? {
    guard entries[source.name]?.workers === workers else { return nil }
    let ordered = results.sorted { $0.key < $1.key }
    for (worker, result) in ordered {
      guard case .failure(let error) = result else { continue }
      return failed(source, workers, error, worker: worker)
    }
    guard case .success(let report)? = ordered.first?.value else { return nil }
    entries[source.name]?.report = report
    register(report, of: workers, source)
    journal.serves(source, report, workers: workers.all.count, since: began)
    return AppStatus(source, namespaces: report.namespaces)
  }

  private func failed(
    _ source: AppSource, _ workers: AppWorkers, _ error: LuaError, worker: Int
  ) -> AppStatus {
    let serving = entries[source.name]?.generation ?? 0
    // Clients of an app that never loaded are told so, rather than that there is none.
    if serving == 0 { register(.failed(source), of: workers, source) }
    journal.loadFailed(
      source, workers.all[worker - 1].worker.title, error, keeping: serving)
    return AppStatus(name: source.name, failure: error.report)
  }

  private func register(_ report: LoadReport, of workers: AppWorkers, _ source: AppSource) {
    for namespace in directory.set(report, of: workers, source) {
      journal.warn(app: source.name, "namespace \(namespace) is served by another app already")
    }
  }

  private func retire(_ name: String) {
    guard let entry = entries.removeValue(forKey: name) else { return }
    _ = directory.set(.nothing, of: entry.workers, entry.source)
    mounts.remove(name)
    let leaving = DispatchGroup()
    end(entry.workers, leaving)
    // An app of that name that comes next begins with what this one stored.
    leaving.wait()
    journal.note(app: name, "is gone; its clients were disconnected")
  }

  private func end(_ workers: AppWorkers, _ leaving: DispatchGroup) {
    leaving.enter()
    let retired = DispatchGroup()
    for isolate in workers.all {
      isolate.worker.hub?.unlink(app: isolate.name)
      retired.enter()
      isolate.submit([.retire { retired.leave() }])
    }
    retired.notify(queue: .global()) {
      Task {
        await workers.resources.shutDown()
        leaving.leave()
      }
    }
  }

  // MARK: Workers

  /// Apps, and the workers of an app, take the event loops in turn.
  private func makeWorkers(_ source: AppSource) throws(HostError) -> AppWorkers {
    let count = min(source.manifest.workers, contexts.all.count)
    var hubs: [EngineHub?] = []
    for number in 1...count {
      hubs.append(
        try self.hubs.hub(app: source.name, source.manifest.engineURL, worker: number))
    }
    let resources = AppResources(
      source, workerCount: count, database: database, isClustered: hubs[0] != nil,
      logger: journal.logger)
    if hubs[0] == nil && count > 1 {
      hubs = try resources.hubs(source.manifest.limits, from: self.hubs)
    }
    let isolates = hubs.enumerated().map { index, hub in
      isolate(source, AppWorker(number: index + 1, resources: resources, hub: hub))
    }
    started += 1
    return AppWorkers(isolates, resources: resources)
  }

  private func isolate(_ source: AppSource, _ worker: AppWorker) -> AppIsolate {
    let loops = worker.loops(of: contexts)
    return AppIsolate(
      source: source, worker: worker, eventLoop: loops[started % loops.count].eventLoop,
      loader: loader, contexts: contexts, journal: journal, store: store, recovery: recovery,
      node: hubs.node,
      development: development)
  }

  private func warnOfWorkers(_ source: AppSource, _ before: AppSource?) {
    let wanted = source.manifest.workers
    if let before, before.manifest.workers != wanted {
      journal.warn(app: source.name, "workers in app.toml is read when the app or the host starts")
    } else if before == nil, wanted > contexts.all.count {
      journal.warn(
        app: source.name,
        "workers = \(wanted) in app.toml, but the host has \(contexts.all.count) event loops, and each "
          + "has one worker at most; more are set by server.threads")
    }
  }
}
