// Keeps event streams alive through proxies: one timer a loop writes a comment to all of them.

import NIOCore
import Transport

/// The event streams of one event loop. Isolated to it.
// @unchecked: everything mutable is touched on `eventLoop` only.
final class StreamHeartbeat: @unchecked Sendable {
  private let eventLoop: any EventLoop
  private let interval: TimeAmount
  private var streams: [ObjectIdentifier: ResponseStream] = [:]
  private var timer: RepeatedTask?

  /// A comment (HTML standard, server-sent events).
  private static let comment = ByteBuffer(string: ":\n\n")

  init(eventLoop: any EventLoop, interval: TimeAmount) {
    self.eventLoop = eventLoop
    self.interval = interval
  }

  func add(_ stream: ResponseStream) {
    streams[ObjectIdentifier(stream)] = stream
    guard timer == nil else { return }
    timer = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) {
      [weak self] _ in self?.beat()
    }
  }

  func remove(_ stream: ResponseStream) {
    streams[ObjectIdentifier(stream)] = nil
    if streams.isEmpty {
      timer?.cancel()
      timer = nil
    }
  }

  private func beat() {
    for stream in streams.values where stream.bufferedBytes == 0 { stream.write(Self.comment) }
  }
}
