import NIOCore
import Testing

@testable import PubSub

@Suite struct PublishQueueTests {
  private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  private static func queue(_ change: (inout EngineLimits) -> Void = { _ in }) -> PublishQueue {
    var limits = EngineLimits()
    change(&limits)
    return PublishQueue(node: 7, limits: limits)
  }

  private static func add(
    _ queue: inout PublishQueue, _ text: String = "x", at now: NIODeadline = start
  ) throws(PubSubError) {
    try queue.append(
      ByteBuffer(string: text), on: "a", keeping: nil, now: now, done: { _ in })
  }

  /// Why a message is refused; nil if it is not.
  private static func refusal(_ queue: inout PublishQueue, _ text: String) -> PubSubError.Code? {
    do throws(PubSubError) {
      try add(&queue, text)
      return nil
    } catch {
      return error.code
    }
  }

  private static func serials(_ entries: [PublishQueue.Entry]) -> [UInt64] {
    entries.map(\.origin.serial)
  }

  @Test("what was sent is confirmed in order, and weighs until then")
  func order() throws {
    var queue = Self.queue()
    for _ in 1...3 { try Self.add(&queue) }
    let taken = Self.serials(queue.take(2))
    #expect(taken == [1, 2])
    #expect(queue.count == 3 && queue.byteCount == 3 * (1 + EnginePublication.headerSize))
    let confirmed = (1...3).map { _ in queue.confirmed()?.origin.serial }
    #expect(confirmed == [1, 2, nil])
    #expect(queue.count == 1 && queue.isWaiting)
  }

  @Test("what was not confirmed when the link broke is sent again, first and under its name")
  func again() throws {
    var queue = Self.queue()
    for _ in 1...4 { try Self.add(&queue) }
    _ = queue.take(3)
    _ = queue.confirmed()
    queue.linkLost()
    let taken = Self.serials(queue.take(9))
    #expect(taken == [2, 3, 4])
  }

  @Test("too many, too much and too large are refused, and nothing is lost by it")
  func bounds() throws {
    var few = Self.queue { $0.waitingMessages = 2 }
    for _ in 1...2 { try Self.add(&few) }
    var little = Self.queue { $0.waitingBytes = 40 }
    try Self.add(&little, "12345")
    var small = Self.queue { $0.messageBytes = 20 }
    let refusals = [
      Self.refusal(&few, "x"), Self.refusal(&little, "123456"), Self.refusal(&small, "12345"),
    ]
    #expect(refusals == [.overdue, .overdue, .tooLarge])
    #expect(few.count == 2 && little.count == 1 && small.count == 0)
  }

  @Test("what has waited too long is given up, unless it was sent")
  func patience() throws {
    var queue = Self.queue { $0.patience = .seconds(5) }
    try Self.add(&queue)
    try Self.add(&queue)
    try Self.add(&queue, at: Self.start + .seconds(1))
    _ = queue.take(1)
    let early = queue.expire(now: Self.start + .milliseconds(4_999))
    let late = Self.serials(queue.expire(now: Self.start + .seconds(5)))
    #expect(early.isEmpty && late == [2] && queue.count == 2)
    queue.linkLost()
    let left = Self.serials(queue.removeAll())
    #expect(left == [1, 3])
    #expect(queue.count == 0 && queue.byteCount == 0)
  }

  @Test("whatever happens, each publication leaves once, and in order")
  func fuzz() {
    Fuzz.run { generator in
      var queue = Self.queue { $0.waitingMessages = 20 }
      var left: [UInt64] = []
      var accepted = 0
      for _ in 0..<60 {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0..<4: if (try? Self.add(&queue)) != nil { accepted += 1 }
        case 4: _ = queue.take(Int.random(in: 0...5, using: &generator))
        case 5, 6: if let entry = queue.confirmed() { left.append(entry.origin.serial) }
        default: queue.linkLost()
        }
      }
      left += queue.removeAll().map(\.origin.serial)
      #expect(left == (0..<accepted).map { UInt64($0 + 1) })
      #expect(queue.byteCount == 0)
    }
  }
}
