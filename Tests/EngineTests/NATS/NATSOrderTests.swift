import NIOCore
import PubSub
import Testing

@testable import PubSubNATS

@Suite struct NATSOrderTests {
  private static let now = NIODeadline.uptimeNanoseconds(1)

  private func publication(_ sequence: UInt64, on channel: String = "a") -> EnginePublication {
    EnginePublication(
      channel: channel, position: Position(epoch: "e", offset: sequence),
      origin: EngineOrigin(node: 1, serial: sequence), message: ByteBuffer())
  }

  /// What is handed on when messages come like that: each its sequence and the one before it.
  private func order(
    _ messages: [(sequence: UInt64, previous: UInt64)], start: UInt64 = 0, seen: UInt64 = 0
  ) -> [UInt64] {
    var order = NATSOrder()
    order.begin(at: start)
    return messages.flatMap { message in
      order.admit(
        publication(message.sequence), sequence: message.sequence, after: message.previous,
        seen: seen, now: Self.now)
    }.compactMap(\.position?.offset)
  }

  @Test("what comes in order goes on at once")
  func inOrder() { #expect(order([(1, 0), (4, 1), (9, 4)]) == [1, 4, 9]) }

  @Test("what comes too early waits for what is before it")
  func early() {
    #expect(order([(1, 0), (5, 3), (3, 1)]) == [1, 3, 5])
    #expect(order([(9, 7), (7, 4), (4, 0), (12, 9)]) == [4, 7, 9, 12])
    #expect(order([(12, 9), (9, 7), (7, 4), (4, 0)]) == [4, 7, 9, 12])
  }

  @Test("what was before the subscription does not count")
  func start() {
    #expect(order([(8, 7), (11, 8)], start: 7) == [8, 11])
    #expect(order([(7, 3), (8, 7)], start: 7) == [8])
    #expect(order([(9, 8)], start: 7) == [])
  }

  @Test("nothing comes twice") func twice() {
    #expect(order([(1, 0), (1, 0), (2, 1), (1, 0)]) == [1, 2])
  }

  @Test("what is below the mark has come") func seen() { #expect(order([(9, 5)], seen: 5) == [9]) }

  @Test("what waits for too long breaks the order, and channels do not wait for one another")
  func broken() {
    var order = NATSOrder()
    let early = order.admit(publication(5), sequence: 5, after: 3, seen: 0, now: Self.now)
    #expect(early.isEmpty)
    let other = publication(6, on: "b")
    let others = order.admit(other, sequence: 6, after: 0, seen: 0, now: Self.now)
    #expect(others == [other])
    #expect(!order.isBroken(now: Self.now))
    #expect(order.isBroken(now: Self.now + .seconds(2)))
    let both = order.admit(publication(3), sequence: 3, after: 0, seen: 0, now: Self.now)
    #expect(both == [publication(3), publication(5)])
    #expect(!order.isBroken(now: Self.now + .seconds(2)))
  }

  @Test("the mark follows what came a while ago, and stays where it was when the link is lost")
  func watermark() {
    var mark = NATSWatermark()
    /// Where the mark is after a step at that second.
    func step(_ second: Int64) -> UInt64? {
      mark.step(now: Self.now + .seconds(second)) ? mark.seen(in: "e") : nil
    }
    #expect(step(0) == 0)
    mark.note(Position(epoch: "e", offset: 5))
    mark.note(Position(epoch: "e", offset: 4))
    #expect(step(1) == nil)
    #expect(step(2) == 0)
    mark.note(Position(epoch: "e", offset: 9))
    #expect(step(4) == 5)
    mark.linkLost()
    #expect(step(6) == 5)
    #expect(mark.seen(in: "another") == 0)
  }
}
