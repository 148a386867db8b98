// GET /NAME/events: channels and events as server-sent events. Each publication's id is what brings
// the client back to where it was.

import NIOCore
import NIOHTTP1
import RealtimeProtocol
import Transport

/// One event stream.
// @unchecked: mutable state is touched on `context.eventLoop` only.
final class EventStreamSession: ChannelSession, @unchecked Sendable {
  /// `nil` once the request has been answered.
  private var promise: EventLoopPromise<HTTPResponse>?
  private let stream: ResponseStream
  /// How much may wait for the client: what it has missed, and as much as for any other.
  private var maxBufferedBytes: Int

  override init(_ client: PlainClient, services: PlainServices) {
    stream = ResponseStream(on: client.context.eventLoop)
    maxBufferedBytes = services.maxBufferedBytes
    super.init(client, services: services)
    stream.onClosed = { [weak self] in self?.end(.transportClose) }
  }

  /// Serves a request for an event stream.
  static func serve(_ client: PlainClient, services: PlainServices) -> PendingResponse {
    let session = EventStreamSession(client, services: services)
    let promise = client.context.eventLoop.makePromise(of: HTTPResponse.self)
    session.promise = promise
    session.connect(auth: client.auth)
    return PendingResponse(future: promise.futureResult) { session.end(.transportClose) }
  }

  override func ready() {
    stream.write(ServerSentEvent.retry(services.retry))
    let hello = hello(socketID)
    stream.write(ServerSentEvent.of(hello, id: nil))
    for frame in early { stream.write(ServerSentEvent.of(frame.json, id: frame.positions)) }
    maxBufferedBytes += stream.bufferedBytes
    context.heartbeat.add(stream)
    answer(
      HTTPResponse(
        status: .ok,
        headers: [
          "content-type": "text/event-stream", "cache-control": "no-store",
          "x-accel-buffering": "no",
        ], body: .stream(stream)))
  }

  override func deliver(_ frame: Frame) {
    write(ServerSentEvent.of(frame.json, id: frame.positions))
  }

  override func deliver(_ forms: inout OutboundForms) {
    if forms.packet.isVolatile && !stream.isReady { return }
    if positions.isSingle, let publication = forms.packet.publication {
      let id = frame(of: &forms).positions
      if id != nil { return write(forms.event(of: publication)) }
    }
    super.deliver(&forms)
  }

  private func write(_ event: ByteBuffer) {
    stream.write(event)
    if stream.bufferedBytes + keptBytes > maxBufferedBytes { cutOff() }
  }

  override var takesNewest: Bool { super.takesNewest && stream.isReady }

  override func hasRoom(for bytes: Int) -> Bool {
    super.hasRoom(for: bytes) && stream.bufferedBytes + keptBytes + bytes <= maxBufferedBytes
  }

  override func beganKeeping() {
    stream.onWritten = { [weak self] _ in self?.drained() }
  }

  private func drained() {
    while takesNewest, sendKept() {}
    if kept == nil { stream.onWritten = nil }
  }

  override func cutOff() {
    stream.abort()
    end(.slowConsumer)
  }

  override func refused(_ error: WireError) { answer(error.response) }

  override func ended(_ reason: CloseReason) {
    context.heartbeat.remove(stream)
    answer(WireError.ended(reason).response)
    stream.end()
  }

  private func answer(_ response: HTTPResponse) {
    promise.take()?.succeed(response)
  }
}
