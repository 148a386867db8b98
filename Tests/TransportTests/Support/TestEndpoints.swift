import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RealtimeProtocol
import Transport

extension TestServer {
  /// Returns when the server has handled what it was sent before over other connections to the
  /// same loop, and, most likely, on the others.
  func synchronise() async throws {
    for _ in 0..<8 {
      let client = try await connect()
      try await client.request("GET", "/late")
      _ = try await client.response()
      try await client.close()
    }
  }
}

/// Turns everybody away.
struct ClosedEndpoint: EngineEndpoint {
  func admit(_ handshake: Handshake) -> Admission {
    .refused(Rejection(message: "members only"))
  }

  func open(_ connection: EngineConnection) -> any EngineReceiver { TestReceiver() }
}

/// Decides when it is told to, then echoes.
final class DecidingEndpoint: EngineEndpoint {
  private let promise: EventLoopPromise<Rejection?>
  private let applicants: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation
  let opened = NIOLockedValueBox(0)

  init(on eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()) {
    promise = eventLoop.makePromise()
    (applicants, continuation) = AsyncStream.makeStream()
  }

  func admit(_ handshake: Handshake) -> Admission {
    continuation.yield()
    return .pending(promise.futureResult)
  }

  func open(_ connection: EngineConnection) -> any EngineReceiver {
    opened.withLockedValue { $0 += 1 }
    return EngineEcho().open(connection)
  }

  /// Returns when `count` clients wait.
  func applied(_ count: Int = 1) async {
    var iterator = applicants.makeAsyncIterator()
    for _ in 0..<count { await iterator.next() }
  }

  func decide(_ rejection: Rejection?) { promise.succeed(rejection) }
}

/// Closes a session at its first message.
struct ClosingEndpoint: EngineEndpoint {
  func admit(_ handshake: Handshake) -> Admission { .admitted }

  func open(_ connection: EngineConnection) -> any EngineReceiver {
    TestReceiver(onMessage: { [unowned connection] _ in connection.close(.parseError) })
  }
}

/// Tells why sessions end.
final class RecordingEndpoint: EngineEndpoint {
  private let reasons: AsyncStream<CloseReason>
  private let continuation: AsyncStream<CloseReason>.Continuation

  init() { (reasons, continuation) = AsyncStream.makeStream() }

  func admit(_ handshake: Handshake) -> Admission { .admitted }

  func open(_ connection: EngineConnection) -> any EngineReceiver {
    TestReceiver(
      onMessage: { [unowned connection] message in
        if case .text(let text) = message {
          connection.sendText(length: text.readableBytes) { $0.writeImmutableBuffer(text) }
        }
      }, onClose: { [continuation] in continuation.yield($0) })
  }

  func nextReason() async -> CloseReason? {
    var iterator = reasons.makeAsyncIterator()
    return await iterator.next()
  }
}

final class TestReceiver: EngineReceiver {
  private let onMessage: (EngineMessage) -> Void
  private let onClose: (CloseReason) -> Void

  init(
    onMessage: @escaping (EngineMessage) -> Void = { _ in },
    onClose: @escaping (CloseReason) -> Void = { _ in }
  ) {
    self.onMessage = onMessage
    self.onClose = onClose
  }

  func received(_ message: EngineMessage) { onMessage(message) }

  func receivedAll() {}

  func closed(_ reason: CloseReason) { onClose(reason) }
}

/// Sends far more than anybody reads.
struct FloodingEndpoint: EngineEndpoint {
  let recorder = RecordingEndpoint()

  func admit(_ handshake: Handshake) -> Admission { .admitted }

  func open(_ connection: EngineConnection) -> any EngineReceiver {
    let inner = recorder.open(connection)
    return TestReceiver(
      onMessage: { [unowned connection] _ in
        for _ in 0..<400 {
          connection.sendBinary(ByteBuffer(repeating: 0, count: 50_000))
        }
      }, onClose: { inner.closed($0) })
  }
}
