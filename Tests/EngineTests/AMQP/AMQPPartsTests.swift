import NIOCore
import PubSub
import Testing

@testable import PubSubAMQP

@Suite struct RoutingKeyTests {
  @Test("plain names stay as they are, all others are told apart")
  func keys() {
    #expect(RoutingKey.key(of: "room.1") == "room.1")
    #expect(RoutingKey.key(of: "ü") == "ü")
    let names = ["", "%", "%25", "*", "#", " ", "a\u{0}b", "a b", "a.", ".", "long", "%long.x"]
    let keys = names.map(RoutingKey.key)
    #expect(Set(keys).count == names.count)
    #expect(keys.allSatisfy { !$0.utf8.contains(0) && $0 != "*" && $0 != "#" })
    let long = String(repeating: "*", count: 200)
    #expect(RoutingKey.key(of: long).utf8.count <= 255)
    #expect(RoutingKey.key(of: long) != RoutingKey.key(of: long + "*"))
  }

  @Test("patterns are the server's own, and bring long names too")
  func bindings() {
    #expect(RoutingKey.bindings(of: .exactly("room.*")) == ["room.%2A"])
    #expect(RoutingKey.bindings(of: ChannelPattern("room.*")) == ["room.*", "%long.*"])
    #expect(RoutingKey.bindings(of: ChannelPattern(">")) == ["#", "%long.*"])
    #expect(RoutingKey.bindings(of: ChannelPattern(">.*")) == [">.*", "%long.*"])
  }
}

@Suite struct RecordTests {
  @Test("a message holds publications in runs by channel")
  func runs() throws {
    var writer = RecordWriter(epoch: "epoch", time: 7)
    let origins = (1...4).map { EngineOrigin(node: 1, serial: UInt64($0)) }
    for (origin, channel) in zip(origins, ["a", "a", "", "a"]) {
      let bytes = EnginePublication.encode(ByteBuffer(string: "\(origin.serial)"), from: origin)
      writer.append(bytes, on: channel)
    }
    let record = try #require(Record(writer.message))
    #expect(record.epoch == "epoch" && record.time == 7 && record.number == nil)
    let kept = record.kept(in: 2)
    #expect(kept.map(\.publication.channel) == ["a", "a", "", "a"])
    #expect(kept.map(\.publication.origin) == origins)
    #expect(kept.map(\.offset) == [1, 2, 3, 4].map { 2 * 4_096 + $0 })
  }

  @Test("what was cut off anywhere is read as far as it goes")
  func cut() {
    var writer = RecordWriter(epoch: "e", time: 7)
    let origin = EngineOrigin(node: 1, serial: 1)
    writer.append(EnginePublication.encode(ByteBuffer(string: "text"), from: origin), on: "a")
    let whole = writer.message
    for length in 0..<whole.readableBytes {
      let part = whole.getSlice(at: 0, length: length)
      #expect(part.flatMap { Record($0) }?.kept(in: 0).isEmpty ?? true)
    }
  }
}

@Suite struct UnansweredTests {
  private let position = Position(epoch: "e", offset: 1)

  @Test("answers come in the order of sending")
  func order() {
    var unanswered = Unanswered()
    unanswered.append(waiting: 1)
    unanswered.append(.success(nil), to: 2)
    unanswered.append(waiting: 3)
    #expect(unanswered.takeAnswers().isEmpty)
    unanswered.arrived(1, at: position)
    #expect(unanswered.takeAnswers().count == 2)
    unanswered.arrived(3, at: position)
    #expect(unanswered.takeAnswers().count == 1 && !unanswered.isWaiting)
  }

  @Test("what is in the stream already is not sent again, however often links are lost")
  func recall() {
    var unanswered = Unanswered()
    for serial: UInt64 in 1...3 { unanswered.append(waiting: serial) }
    unanswered.arrived(1, at: position)
    unanswered.linkLost()
    unanswered.arrived(2, at: position)
    for _ in 1...2 {
      for serial: UInt64 in 1...2 {
        #expect(unanswered.recall(serial) == position)
        unanswered.append(.success(position), to: serial)
      }
      #expect(unanswered.recall(3) == nil)
      unanswered.append(waiting: 3)
      unanswered.linkLost()
    }
    unanswered.forgetLost()
    #expect(unanswered.recall(1) == nil)
  }

  @Test("what was passed over is answered with a failure")
  func vanished() {
    var unanswered = Unanswered()
    for serial: UInt64 in 1...2 { unanswered.append(waiting: serial) }
    unanswered.arrived(2, at: position)
    #expect(unanswered.takeAnswers().map(\.isSuccess) == [false, true])
  }
}

@Suite struct EpochSearchTests {
  private func proposal(_ number: UInt64, _ epoch: String) -> Record? {
    Record(Record.mark(.proposal, number: number, epoch: epoch, time: 0))
  }

  private func mark(_ epoch: String) -> Record? {
    Record(Record.mark(.mark, number: 9, epoch: epoch, time: 0))
  }

  @Test("the first proposal of a whole stream holds")
  func whole() {
    var search = EpochSearch(ownProposal: 2)
    #expect(search.take(nil, message: 0) == nil)
    #expect(search.take(mark("stale"), message: 1) == nil)
    #expect(search.take(proposal(1, "first"), message: 2) == "first")
  }

  @Test("where the beginning is gone, what is written there says it")
  func trimmed() {
    var search = EpochSearch(ownProposal: 2)
    #expect(search.take(proposal(1, "vain"), message: 7) == nil)
    #expect(search.take(mark("epoch"), message: 8) == "epoch")
  }

  @Test("where nothing else is left, the first proposal holds")
  func empty() {
    var search = EpochSearch(ownProposal: 2)
    #expect(search.take(proposal(1, "first"), message: 7) == nil)
    #expect(search.take(proposal(2, "own"), message: 8) == "first")
  }
}
