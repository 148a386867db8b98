// Requests of sessions that are not here: another node's are passed on to it, all others are unknown.

import NIOCore
import NIOHTTP1
import RealtimeProtocol

extension EngineService {
  /// Has the node answer whose session it is.
  func relay(_ request: HTTPRequest, of sid: String) throws(EngineError) -> PendingResponse {
    guard let pending = relay?.forward(request, of: sid) else { throw .unknownSession }
    let future = pending.future.flatMapErrorThrowing { Self.refusal(for: $0) }
    return PendingResponse(future: future, abandon: pending.abandon)
  }

  /// Has a WebSocket go through to the node whose session it would move to.
  func tunnel(
    _ request: HTTPRequest, of sid: String, _ proposal: WebSocketProposal
  ) throws(EngineError) -> EventLoopFuture<WebSocketUpgrade> {
    guard let answer = relay?.tunnel(request, of: sid) else { throw .unknownSession }
    return answer.map { answer in
      switch answer {
      case .response(let response): WebSocketUpgrade(response: response, handler: nil)
      case .tunnel(let headers, let handler): proposal.relayed(handler, saying: headers)
      }
    }
    .flatMapErrorThrowing { .refused(Self.message(for: $0), status: Self.status(for: $0)) }
  }

  /// What a client is told whose node does not answer. Its session is lost, or as good as: told so, clients
  /// begin a new one at once.
  private static func refusal(for error: any Error) -> HTTPResponse {
    if isFull(error) { return .text("\(message(for: error))\n", status: status(for: error)) }
    return .refusal(.unknownSession)
  }

  private static func message(for error: any Error) -> String {
    isFull(error) ? "Too many requests for other nodes" : EngineError.unknownSession.message
  }

  private static func status(for error: any Error) -> HTTPResponseStatus {
    isFull(error) ? .serviceUnavailable : .badRequest
  }

  private static func isFull(_ error: any Error) -> Bool {
    (error as? TransportError)?.code == .tooManyRelays
  }
}
