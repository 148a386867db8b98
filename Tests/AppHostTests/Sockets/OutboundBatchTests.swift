import NIOCore
import PubSub
import RealtimeProtocol
import Testing

@testable import AppHost

@Suite("Packets of one turn")
struct OutboundBatchTests {
  private func publication(_ number: UInt64, _ attachments: [EncodedMessage] = []) -> Outbound {
    let publication = Publication(
      channel: "a", position: Position(epoch: "E", offset: number),
      message: ByteBuffer(string: "\(number)"), attachments: attachments)
    return Outbound(publication, in: "/")
  }

  private func batch(_ packets: Outbound...) -> OutboundBatch {
    var batch = OutboundBatch()
    for packet in packets { batch.append(packet) }
    return batch
  }

  /// The texts and attachments in joined frames.
  private func messages(_ frames: ByteBuffer?) -> [String] {
    var rest = frames ?? ByteBuffer()
    var messages: [String] = []
    while let frame = WebSocketFrameHeader.readUnmaskedFrame(from: &rest),
      let (_, payload) = WebSocketFrameHeader.message(ofUnmaskedFrame: frame)
    {
      messages.append(String(buffer: payload))
    }
    return messages
  }

  @Test("are joined in order, with their attachments")
  func joined() {
    let bytes = EncodedMessage(binary: ByteBuffer(string: "bytes"))
    var batch = batch(publication(1, [bytes]), publication(2))
    #expect(
      messages(batch.frames(isNumbered: false, withPositions: false)) == [
        #"451-["pubblication",1]"#, "bytes", #"42["pubblication",2]"#,
      ])
    batch.append(publication(3))
    #expect(messages(batch.frames(isNumbered: false, withPositions: false)).count == 4)
    #expect(batch.count == 3)
  }

  @Test("tell positions to those who want them")
  func positions() {
    var batch = batch(publication(1), .error("x", "y", in: "/"))
    #expect(
      messages(batch.frames(isNumbered: false, withPositions: true)) == [
        #"42["pubblication",1,{"channel":"a","position":"E:1"}]"#, #"42["error","x","y"]"#,
      ])
    #expect(
      messages(batch.frames(isNumbered: false, withPositions: false)).first
        == #"42["pubblication",1]"#)
  }

  @Test("leave the bytes of a single one where they are")
  func single() {
    let packet = publication(1)
    var batch = batch(packet)
    let frames = batch.frames(isNumbered: false, withPositions: false)
    let places = [frames, packet.text.frame].map { frame in
      frame?.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
    }
    #expect(places[0] == places[1])
  }

  @Test("are not joined when some would be taken for numbered")
  func apart() throws {
    let numbered = publication(2).numbered(Position(epoch: "R", offset: 9))
    var all = batch(numbered, numbered)
    #expect(all.frames(isNumbered: true, withPositions: false) != nil)
    #expect(all.lastOffset == Position(epoch: "R", offset: 9))
    var some = batch(publication(1), numbered)
    #expect(some.frames(isNumbered: false, withPositions: false) == nil)
    var none = batch(publication(1))
    #expect(none.frames(isNumbered: true, withPositions: false) == nil)
    #expect(none.lastOffset == nil)
  }

  @Test(
    "are not joined when some are not for a slow client", arguments: ["volatile()", "latest(1)"])
  func notForAll(manner: String) throws {
    let script = try Script("self:to('r'):\(manner):emit('x')")
    let packet = try #require(script.run(.broadcast) { Outbound(event: $0, in: "/") }.first)
    var batch = batch(publication(1), packet)
    #expect(batch.frames(isNumbered: false, withPositions: false) == nil)
    let frames = batch.frames(isNumbered: false, withPositions: false, isReady: true)
    #expect(messages(frames) == [#"42["pubblication",1]"#, #"42["x"]"#])
    #expect(batch.frames(isNumbered: false, withPositions: false) == nil)
  }

  @Test("are passed one by one from any on")
  func oneByOne() {
    var batch = batch(publication(1), publication(2), publication(3))
    var seen: [UInt64?] = []
    batch.withEach(from: 1) { seen.append($0.packet.publication?.position.offset) }
    #expect(seen == [2, 3])
  }
}
