import NIOCore
import Testing

@testable import PubSub

@Suite("A packet log")
struct PacketLogTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000)

  private func log(
    _ packets: Int, maxPackets: Int = 100, maxBytes: Int = 1_000
  ) -> PacketLog<String> {
    var log = PacketLog<String>(maxPackets: maxPackets, maxBytes: maxBytes, maxAge: .seconds(9))
    for _ in 0..<packets { log.append(bytes: 10, now: start) { "packet \($0)" } }
    return log
  }

  @Test("numbers packets from one and gives those after a number")
  func numbers() throws {
    let log = log(5)
    #expect(log.first == 1 && log.top == 5)
    let packets = try #require(log.packets(after: 3, now: start))
    #expect(packets.map(\.number) == [4, 5])
    #expect(packets.map(\.packet) == ["packet 4", "packet 5"])
    #expect(log.packets(after: 5, now: start)?.isEmpty == true)
    #expect(log.packets(after: 0, now: start)?.count == 5)
  }

  @Test("gives nothing after a number that was never given")
  func unknownNumbers() {
    let log = log(5)
    for number in [6, UInt64.max - 1, .max] {
      #expect(!log.holds(after: number, now: start))
      #expect(log.packets(after: number, now: start) == nil)
    }
    let empty = self.log(0)
    #expect(empty.first == 1 && empty.holds(after: 0, now: start))
    #expect(!empty.holds(after: .max, now: start))
  }

  @Test("gives nothing rather than a part of what was missed")
  func forgotten() {
    let few = log(5, maxPackets: 2)
    #expect(few.first == 4)
    #expect(!few.holds(after: 2, now: start) && few.holds(after: 3, now: start))
    let small = log(5, maxBytes: 35)
    #expect(!small.holds(after: 1, now: start) && small.holds(after: 2, now: start))
    let old = log(5)
    #expect(old.holds(after: 0, now: start + .seconds(8)))
    #expect(!old.holds(after: 4, now: start + .seconds(9)))
    #expect(old.holds(after: 5, now: start + .seconds(9)))
  }

  @Test("takes numbers that are given, with whatever is between them")
  func givenNumbers() throws {
    var log = PacketLog<String>(maxPackets: 2, maxBytes: 1_000, maxAge: .seconds(9))
    log.begin(after: 100)
    #expect(log.holds(after: 100, now: start) && !log.holds(after: 99, now: start))
    log.advance(to: 105)
    #expect(log.holds(after: 100, now: start) && log.holds(after: 105, now: start))
    for number in [110, 120, 130] as [UInt64] {
      log.append("packet \(number)", at: number, bytes: 10, now: start)
    }
    log.advance(to: 135)
    #expect(log.top == 135 && log.first == 111)
    #expect(!log.holds(after: 109, now: start) && !log.holds(after: 136, now: start))
    #expect(log.packets(after: 110, now: start)?.map(\.number) == [120, 130])
    #expect(log.packets(after: 125, now: start)?.map(\.packet) == ["packet 130"])
    #expect(log.packets(after: 133, now: start)?.isEmpty == true)
    log.begin(after: 7)
    #expect(log.top == 7 && log.packets(after: 7, now: start)?.isEmpty == true)
  }

  @Test("answers like a list of all packets ever sent: fuzz")
  func fuzzAgainstList() {
    Fuzz.run { generator in
      let maxPackets = Int.random(in: 0...8, using: &generator)
      let maxBytes = Int.random(in: 0...100, using: &generator)
      var log = PacketLog<Int>(maxPackets: maxPackets, maxBytes: maxBytes, maxAge: .seconds(5))
      var sent: [(bytes: Int, time: NIODeadline)] = []
      /// How many of the oldest are forgotten, once and for all.
      var forgotten = 0
      var now = start
      for _ in 0..<30 {
        now = now + .milliseconds(Int64.random(in: 0...2_000, using: &generator))
        let isSending = Bool.random(using: &generator)
        if isSending {
          let bytes = Int.random(in: 0...40, using: &generator)
          sent.append((bytes, now))
          log.append(bytes: bytes, now: now) { Int($0) }
        }
        let after = UInt64(Int.random(in: 0...(sent.count + 1), using: &generator))
        let packets = log.packets(after: after, now: now)
        while forgotten < sent.count,
          sent.count - forgotten > maxPackets
            || sent[forgotten...].reduce(0, { $0 + $1.bytes }) > maxBytes
            || sent[forgotten].time + .seconds(5) <= now
        { forgotten += 1 }
        let isHeld = after <= sent.count && after >= forgotten
        let expected = isHeld ? (0..<sent.count).dropFirst(Int(after)).map { $0 + 1 } : nil
        #expect(packets?.map(\.packet) == expected)
        #expect(log.top == UInt64(sent.count))
        if isSending { #expect(log.first == UInt64(forgotten) + 1) }
      }
    }
  }
}
