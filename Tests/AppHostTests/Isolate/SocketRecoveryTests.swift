import NIOCore
import PubSub
import Testing

@testable import AppHost

@Suite("The recovery of sockets")
struct SocketRecoveryTests {
  private let limits = RecoveryLimits(
    time: .seconds(60), packets: 10, bytes: 10_000, sockets: 1)

  private func seat(_ handle: UInt64, in topics: [String]) -> IsolateSeat {
    var seat = IsolateSeat()
    seat.handle = handle
    for topic in topics { seat.membership.join(topic, after: 0) }
    return seat
  }

  private func sent(
    to topics: [String], except excluded: [String] = [], publication: Publication? = nil,
    withoutPosition: String? = nil
  ) -> SentPacket {
    let packet = publication.map { Outbound($0, in: "/") } ?? .error("a", "b", in: "/")
    return SentPacket(
      packet: packet, topics: topics, excluded: excluded, withoutPosition: withoutPosition)
  }

  @Test("gives a socket the packets of its topics, and not those that left it out")
  func addresses() {
    let seat = seat(5, in: ["a", "b"])
    #expect(sent(to: ["x", "b"]).received(by: seat.membership, number: 1) != nil)
    #expect(sent(to: ["x"]).received(by: seat.membership, number: 1) == nil)
    #expect(sent(to: []).received(by: seat.membership, number: 1) == nil)
    #expect(sent(to: ["a"], except: ["b"]).received(by: seat.membership, number: 1) == nil)
    #expect(sent(to: ["a"], except: ["x"]).received(by: seat.membership, number: 1) != nil)
  }

  @Test("goes by where the socket was when a packet was sent")
  func times() {
    var seat = seat(5, in: [])
    seat.membership.join("a", after: 3)
    seat.membership.leave("a", after: 5, first: 1)
    let received = (1...7).map { sent(to: ["a"]).received(by: seat.membership, number: $0) != nil }
    #expect(received == [false, false, false, true, true, false, false])
  }

  @Test("gives a publication with its position to those only who asked for positions")
  func positions() throws {
    let publication = Publication(
      channel: "a", position: Position(epoch: "E", offset: 1), message: ByteBuffer(string: "1"))
    let packet = sent(
      to: ["channel", "positions"], publication: publication, withoutPosition: "channel")
    let plain = try #require(packet.received(by: seat(5, in: ["channel"]).membership, number: 1))
    #expect(plain === packet.packet)
    let positioned = try #require(
      packet.received(by: seat(6, in: ["positions"]).membership, number: 1))
    #expect(String(buffer: positioned.text.packet).contains(#""position":"E:1""#))
  }

  @Test("knows clients by their pid until it forgets them, and counts those who are away")
  func seats() {
    var recovery = SocketRecovery(limits: limits)
    recovery.remember("P", handle: 5)
    #expect(recovery.handle(pid: "P") == 5 && recovery.handle(pid: "Q") == nil)
    #expect(recovery.hasRoom)
    recovery.parks()
    #expect(!recovery.hasRoom)
    recovery.returns()
    #expect(recovery.hasRoom)
    recovery.parks()
    var seat = seat(5, in: [])
    seat.pid = "P"
    seat.isParked = true
    recovery.forget(seat)
    #expect(recovery.handle(pid: "P") == nil && recovery.parked == 0)
  }

  @Test("begins anew under another epoch when it forgets all")
  func forgetting() {
    var recovery = SocketRecovery(limits: limits)
    recovery.remember("P", handle: 5)
    recovery.parks()
    recovery.log.append(bytes: 1, now: .uptimeNanoseconds(1)) { _ in sent(to: []) }
    let top = recovery.top
    #expect(top.offset == 1)
    recovery.forgetAll()
    #expect(recovery.handle(pid: "P") == nil && recovery.parked == 0)
    #expect(recovery.top.offset == 0 && recovery.top.epoch != top.epoch)
  }
}
