import NIOCore
import NIOHTTP1
import Transport

/// Answers every request with a stream that the test fills; tells what becomes of it.
struct StreamingResponder: HTTPResponder {
  enum Event: Sendable, Equatable {
    case written(Int)
    case closed
    case abandoned
  }

  let revision: Int? = 0
  let onOpen: @Sendable (ResponseStream) -> Void
  private let events: AsyncStream<Event>
  private let continuation: AsyncStream<Event>.Continuation
  /// Whether responses never come, until their request is abandoned.
  private let isLate: Bool

  /// - Parameter onOpen: called before the response is on its way.
  init(isLate: Bool = false, _ onOpen: @escaping @Sendable (ResponseStream) -> Void) {
    self.onOpen = onOpen
    self.isLate = isLate
    (events, continuation) = AsyncStream.makeStream()
  }

  func respond(to request: HTTPRequest) -> PendingResponse {
    let stream = ResponseStream(on: request.eventLoop)
    stream.onWritten = { [continuation] in continuation.yield(.written($0)) }
    stream.onClosed = { [continuation] in continuation.yield(.closed) }
    onOpen(stream)
    let response = HTTPResponse(
      status: .ok, headers: ["content-type": "text/event-stream"], body: .stream(stream))
    guard isLate else {
      return PendingResponse(future: request.eventLoop.makeSucceededFuture(response))
    }
    let promise = request.eventLoop.makePromise(of: HTTPResponse.self)
    return PendingResponse(future: promise.futureResult) { [continuation] in
      continuation.yield(.abandoned)
      promise.succeed(response)
    }
  }

  func nextEvent() async -> Event? {
    var iterator = events.makeAsyncIterator()
    return await iterator.next()
  }

  /// Waits until so many bytes have left.
  func written(_ total: Int) async -> Bool {
    var sum = 0
    for await event in events {
      guard case .written(let bytes) = event else { return false }
      sum += bytes
      if sum >= total { return sum == total }
    }
    return false
  }
}
