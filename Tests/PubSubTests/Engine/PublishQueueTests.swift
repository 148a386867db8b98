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

  @Test("what was sent is confirmed in order, and weighs until then")
  func order() throws {
    var queue = Self.queue()
    for _ in 1...3 { try Self.add(&queue) }
    #expect(queue.take(2).map(\.origin.serial) == [1, 2])
    #expect(queue.count == 3 && queue.byteCount == 3 * (1 + EnginePublication.headerSize))
    #expect(queue.confirmed()?.origin.serial == 1)
    #expect(queue.confirmed()?.origin.serial == 2)
    #expect(queue.confirmed() == nil)
    #expect(queue.count == 1 && queue.isWaiting)
  }

  @Test("what was not confirmed when the link broke is sent again, first and under its name")
  func again() throws {
    var queue = Self.queue()
    for _ in 1...4 { try Self.add(&queue) }
    _ = queue.take(3)
    _ = queue.confirmed()
    queue.linkLost()
    #expect(queue.take(9).map(\.origin.serial) == [2, 3, 4])
  }

  @Test("too many, too much and too large are refused, and nothing is lost by it")
  func bounds() throws {
    var few = Self.queue { $0.waitingMessages = 2 }
    for _ in 1...2 { try Self.add(&few) }
    #expect { try Self.add(&few) } throws: { ($0 as? PubSubError)?.code == .overdue }
    var little = Self.queue { $0.waitingBytes = 40 }
    try Self.add(&little, "12345")
    #expect { try Self.add(&little, "123456") } throws: { ($0 as? PubSubError)?.code == .overdue }
    var small = Self.queue { $0.messageBytes = 20 }
    #expect { try Self.add(&small, "12345") } throws: { ($0 as? PubSubError)?.code == .tooLarge }
    #expect(few.count == 2 && little.count == 1 && small.count == 0)
  }

  @Test("what has waited too long is given up, unless it was sent")
  func patience() throws {
    var queue = Self.queue { $0.patience = .seconds(5) }
    try Self.add(&queue)
    try Self.add(&queue)
    try Self.add(&queue, at: Self.start + .seconds(1))
    _ = queue.take(1)
    #expect(queue.expire(now: Self.start + .milliseconds(4_999)).isEmpty)
    #expect(queue.expire(now: Self.start + .seconds(5)).map(\.origin.serial) == [2])
    #expect(queue.count == 2)
    queue.linkLost()
    #expect(queue.removeAll().map(\.origin.serial) == [1, 3])
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
