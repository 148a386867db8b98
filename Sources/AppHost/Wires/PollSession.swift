// GET /NAME/poll: one answer with what has come since the client's positions, at once if there is
// something, else when there is, or 204 after a while.

import NIOCore
import NIOHTTP1
import RealtimeProtocol
import Transport

/// One poll.
// @unchecked: mutable state is touched on `context.eventLoop` only.
final class PollSession: ChannelSession, @unchecked Sendable {
  private let promise: EventLoopPromise<HTTPResponse>
  private let timeout: TimeAmount
  /// A client that has no position yet is told one at once, and the values of models.
  private let isFirst: Bool
  private var frames: [ByteBuffer] = []
  private var isAnswered = false
  private var isAnswerDue = false
  private var timer: Scheduled<Void>?

  init(_ client: PlainClient, timeout: TimeAmount, services: PlainServices) {
    promise = client.context.eventLoop.makePromise()
    self.timeout = timeout
    isFirst = client.channels.contains { $0.position.isEmpty }
    super.init(client, services: services)
  }

  /// Serves a poll.
  static func serve(_ client: PlainClient, services: PlainServices) -> PendingResponse {
    let loop = client.request.eventLoop
    func refuse(_ name: String, _ message: String) -> PendingResponse {
      let error = WireError(status: 400, name: name, message: message)
      return PendingResponse(future: loop.makeSucceededFuture(error.response))
    }
    guard !client.channels.isEmpty else {
      return refuse("channel_not_specified", "Name a channel: ?channel=NAME")
    }
    let asked = client.query.first { $0.0 == "timeout" }?.1
    guard let seconds = asked.map(Double.init) ?? 25, seconds >= 0, seconds <= 86_400 else {
      return refuse("bad_timeout", "timeout is a number of seconds")
    }
    let wait = min(TimeAmount.milliseconds(Int64(seconds * 1_000)), services.maxPollTimeout)
    let session = PollSession(client, timeout: wait, services: services)
    session.connect(auth: client.auth)
    return PendingResponse(future: session.promise.futureResult) { session.end(.transportClose) }
  }

  override func ready() {
    frames = early.filter { !$0.isNotice }.map(\.json)
    if isFirst || !isRecovered || !frames.isEmpty { return answer() }
    timer = context.eventLoop.scheduleTask(in: timeout) { [weak self] in self?.timedOut() }
  }

  /// The answer waits for the end of this turn of the loop: what comes together leaves together.
  override func deliver(_ frame: Frame) {
    frames.append(frame.json)
    guard !isAnswerDue else { return }
    isAnswerDue = true
    context.eventLoop.execute { [weak self] in self?.answer() }
  }

  /// What comes in the same turn as the first news leaves with it.
  override var takesNewest: Bool { super.takesNewest && frames.isEmpty }

  private func answer() {
    isAnswerDue = true
    sendAllKept()
    var body = ByteBuffer()
    body.writeString(#"{"position":\#(jsonString(positions.text)),"recovered":\#(isRecovered),"#)
    body.writeString(snapshotMember)
    body.writeStaticString("\"messages\":[")
    for (index, frame) in frames.enumerated() {
      if index > 0 { body.writeStaticString(",") }
      body.writeImmutableBuffer(frame)
    }
    body.writeStaticString("]}")
    var response = HTTPResponse.json(body)
    response.headers.add(name: "cache-control", value: "no-store")
    respond(response)
  }

  /// `"snapshot":…,` of a model's channel; of several channels `"snapshots":{CHANNEL:…},`.
  private var snapshotMember: String {
    guard let first = snapshots.first else { return "" }
    if positions.isSingle { return "\"snapshot\":\(first.value)," }
    let members = snapshots.map { "\(jsonString($0.channel)):\($0.value)" }
    return "\"snapshots\":{\(members.joined(separator: ","))},"
  }

  private func timedOut() {
    guard frames.isEmpty else { return answer() }
    respond(HTTPResponse(status: .noContent, headers: ["cache-control": "no-store"]))
  }

  private func respond(_ response: HTTPResponse) {
    guard !isAnswered else { return }
    isAnswered = true
    promise.succeed(response)
    end(.transportClose)
  }

  override func refused(_ error: WireError) { respond(error.response) }

  override func ended(_ reason: CloseReason) {
    timer?.cancel()
    timer = nil
    respond(WireError.ended(reason).response)
  }
}
