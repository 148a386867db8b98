// What `--dev` tells open pages: which files changed, which app failed and where, which generation
// serves. Pages ask by long-polling with the last revision they know. Used from every thread.

import Foundation
import NIOConcurrencyHelpers
import NIOCore
import Transport

/// News for the developer's open pages.
final class DevConsole: Sendable {
  /// One piece of news. `app` is the namespace it is about; nil is for every page.
  struct News: Encodable, Sendable {
    enum Kind: String, Encodable { case page, style, error, serving }

    /// One line of a script: its number and text.
    struct Line: Encodable, Sendable {
      let number: Int
      let text: String

      func encode(to encoder: any Encoder) throws {
        var pair = encoder.unkeyedContainer()
        try pair.encode(number)
        try pair.encode(text)
      }
    }

    let kind: Kind
    let app: String?
    var path: String?
    var generation: Int?
    var title: String?
    var message: String?
    var file: String?
    var line: Int?
    var excerpt: [Line]?
    var traceback: String?
  }

  private struct Reply: Encodable {
    let revision: Int
    let events: [News]
  }

  private struct Waiter {
    let app: String?
    let promise: EventLoopPromise<HTTPResponse>
  }

  private struct State {
    var revision = 0
    /// The latest news with their revisions, oldest first.
    var recent: [(revision: Int, news: News)] = []
    /// The error that stands for an app until a later generation serves.
    var standing: [String: News] = [:]
    var waiters: [Int: Waiter] = [:]
    var nextWaiter = 0
  }

  private static let kept = 200
  private static let patience = TimeAmount.seconds(25)

  private let state = NIOLockedValueBox(State())

  /// Tells all pages that wait and those that ask later.
  func publish(_ news: News) {
    let (woken, revision) = state.withLockedValue { state in
      state.revision += 1
      state.recent.append((state.revision, news))
      if state.recent.count > Self.kept { state.recent.removeFirst() }
      if let app = news.app {
        if news.kind == .error { state.standing[app] = news }
        if news.kind == .serving { state.standing[app] = nil }
      }
      let woken = state.waiters.filter { news.concerns($0.value.app) }
      for number in woken.keys { state.waiters[number] = nil }
      return (woken.values, state.revision)
    }
    let response = Self.response(revision: revision, [news])
    for waiter in woken { waiter.promise.succeed(response) }
  }

  /// Answers a page: at once if there is news for it, else when there is, or empty after a while.
  /// - Parameters:
  ///   - revision: what the page knows; nil asks for the present revision and a standing error.
  ///   - app: the namespace that the page belongs to.
  func news(since revision: Int?, app: String?, on eventLoop: any EventLoop)
    -> EventLoopFuture<HTTPResponse>
  {
    let promise = eventLoop.makePromise(of: HTTPResponse.self)
    let waiting: Int? = state.withLockedValue { state in
      guard let revision, revision <= state.revision else {
        let standing = app.flatMap { state.standing[$0] }.map { [$0] } ?? []
        promise.succeed(Self.response(revision: state.revision, standing))
        return nil
      }
      let missed = state.recent.filter { $0.revision > revision && $0.news.concerns(app) }
      guard missed.isEmpty else {
        promise.succeed(Self.response(revision: state.revision, missed.map(\.news)))
        return nil
      }
      state.nextWaiter += 1
      state.waiters[state.nextWaiter] = Waiter(app: app, promise: promise)
      return state.nextWaiter
    }
    if let waiting { answerEmpty(waiting, later: eventLoop) }
    return promise.futureResult
  }

  private func answerEmpty(_ number: Int, later eventLoop: any EventLoop) {
    eventLoop.scheduleTask(in: Self.patience) {
      let (waiter, revision) = self.state.withLockedValue {
        ($0.waiters.removeValue(forKey: number), $0.revision)
      }
      waiter?.promise.succeed(Self.response(revision: revision, []))
    }
  }

  /// Answers all pages that wait, so that the host can stop.
  func close() {
    let waiters = state.withLockedValue { state in
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters { waiter.promise.succeed(Self.response(revision: 0, [])) }
  }

  private static func response(revision: Int, _ news: [News]) -> HTTPResponse {
    let body = (try? JSONEncoder().encode(Reply(revision: revision, events: news))) ?? Data()
    var response = HTTPResponse.json(ByteBuffer(bytes: body))
    response.headers.replaceOrAdd(name: "cache-control", value: "no-store")
    return response
  }
}

extension DevConsole.News {
  /// Whether a page of the app `page` should hear it.
  fileprivate func concerns(_ page: String?) -> Bool { app == nil || app == page }
}
