// What a page asks an app's scripts while it is rendered: the models that it shows and the data of its
// widgets, in one request that the Lua runtime answers by itself.

import NIOCore
import PubSub
import RealtimeProtocol
import Transport

/// A page's request for one namespace.
// @unchecked: as its superclass; `answer` belongs to the connection's loop.
final class PageExchange: RequestExchange, @unchecked Sendable {
  /// The route that the runtime has in every script.
  private static let route = "perigee:page"
  /// How long a page waits for scripts; what comes later the page gets as a client.
  private static let patience = TimeAmount.seconds(5)

  private let answer: EventLoopPromise<RouteResponse>
  private var isOver = false

  /// - Parameters:
  ///   - needs: a JSON object, see ``PagePlan/Question/json``.
  ///   - request: the request for the page.
  ///   - namespace: one that `place` serves.
  init(
    _ needs: String, for request: HTTPRequest, to place: AppDirectory.Place, namespace: String,
    context: LoopContext
  ) {
    answer = context.eventLoop.makePromise()
    var description = RequestDescription(request, path: request.path, parameters: [:]).json
    description.moveWriterIndex(to: description.writerIndex - 1)
    description.writeString(",\"needs\":\(needs)}")
    super.init(
      route: Self.route, namespace: namespace, description: description,
      attachments: [ByteBuffer()], handshake: Handshake(request, transport: .polling),
      context: context, isolate: place.workers.isolate(on: context), maxBufferedBytes: 0)
  }

  override var asksForPositions: Bool { true }

  /// Hands the request to its app. The answer's status is 200 unless there is none.
  func ask() -> EventLoopFuture<RouteResponse> {
    _ = begin()
    let timeout = context.eventLoop.scheduleTask(in: Self.patience) { [self] in
      respond(.error("timeout", "The app did not answer in time", status: 504))
      left()
    }
    answer.futureResult.whenComplete { _ in timeout.cancel() }
    return answer.futureResult
  }

  override func respond(_ response: RouteResponse) {
    guard !isOver else { return }
    isOver = true
    answer.succeed(response)
    super.respond(response)
  }
}
