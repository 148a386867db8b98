// One live page and its requests: asks the apps that it shows, all at once, and renders it with what they
// say on the loop of the connection. An app that fails, or takes too long, leaves its own elements empty;
// the page comes all the same, and its client fills them when the app is there.

import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import Reactive
import Transport

/// A live page in its place among the pages of the host.
final class HostedPage: DynamicPage {
  /// Different mistakes that are logged; the same ones are met at every request.
  private static let maxTold = 100

  private let page: LivePage
  private let app: String?
  private let pages: LivePages
  private let told = NIOLockedValueBox<Set<String>>([])

  /// - Parameter app: the app that the page belongs to; nil for the host's own.
  init(_ page: LivePage, app: String?, pages: LivePages) {
    self.page = page
    self.app = app
    self.pages = pages
    for problem in page.problems { tell(problem) }
  }

  func respond(to request: HTTPRequest) -> EventLoopFuture<HTTPResponse> {
    let loop = request.eventLoop
    let host = request.headers.first(name: "host")
    let visit = PageVisit(
      path: request.path, query: JSONObject(request.query.map { ($0.0, .string($0.1)) }),
      showsProblems: pages.development)
    let plan = PagePlan(
      page, visit: visit, app: app, source: { self.source(of: $0, host: host) },
      owner: { self.pages.directory.place(ofApp: $0, host: host)?.catalog })
    let answers = plan.questions.compactMap { namespace, question in
      ask(question, in: namespace, request, host: host)
    }
    return EventLoopFuture.whenAllSucceed(answers, on: loop).map { answers in
      var plan = plan
      for (namespace, answer) in answers { plan.take(answer, from: namespace) }
      return self.render(plan, visit)
    }
  }

  private func source(of namespace: String, host: String?) -> PagePlan.Source? {
    pages.directory.place(of: namespace, host: host).map {
      PagePlan.Source(script: $0.namespace, catalog: $0.catalog)
    }
  }

  private func ask(
    _ question: PagePlan.Question, in namespace: String, _ request: HTTPRequest, host: String?
  ) -> EventLoopFuture<(String, RouteResponse)>? {
    guard let place = pages.directory.place(of: namespace, host: host),
      let context = pages.contexts.context(of: request.eventLoop)
    else { return nil }
    let exchange = PageExchange(
      question.json, for: request, to: place, namespace: namespace, context: context)
    return exchange.ask().map { (namespace, $0) }
  }

  private func render(_ plan: PagePlan, _ visit: PageVisit) -> HTTPResponse {
    do throws(ReactiveError) {
      var response = HTTPResponse.html(
        try page.render(
          bindings: plan.bindings, widgets: plan.widgets, visit: visit, report: tell))
      response.headers.add(name: "cache-control", value: "private, no-cache")
      response.headers.add(name: "x-content-type-options", value: "nosniff")
      return response
    } catch {
      tell(error)
      return .text("This page cannot be shown.", status: .internalServerError)
    }
  }

  private func tell(_ problem: ReactiveError) {
    let message = problem.description
    let isNew = told.withLockedValue { $0.count < Self.maxTold && $0.insert(message).inserted }
    if isNew { pages.journal.pageFailed(message) }
  }
}
