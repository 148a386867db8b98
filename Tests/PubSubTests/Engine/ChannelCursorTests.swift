import NIOCore
import Testing

@testable import PubSub

@Suite struct ChannelCursorTests {
  private static func admitted(
    _ cursor: inout ChannelCursor, _ publications: [EnginePublication]
  ) -> [Bool] {
    publications.map { cursor.admit($0) }
  }

  @Test("each publication is admitted once and only in order")
  func once() {
    var cursor = ChannelCursor()
    let publications: [EnginePublication] = [
      .kept(1, serial: 1), .kept(1, serial: 1), .kept(4, serial: 2), .kept(3, serial: 3),
    ]
    let admitted = Self.admitted(&cursor, publications)
    #expect(admitted == [true, false, true, false])
    #expect(cursor.position == Position(epoch: "e", offset: 4))
  }

  @Test("one that was stored twice, because its confirmation was lost, is admitted once")
  func storedTwice() {
    var cursor = ChannelCursor()
    let admitted = Self.admitted(
      &cursor, [.kept(1, serial: 7), .kept(2, serial: 7), .kept(3, node: 2, serial: 7)])
    #expect(admitted == [true, false, true])
    #expect(cursor.position?.offset == 3)
  }

  @Test("those with and without a history do not hide one another")
  func ways() {
    var cursor = ChannelCursor()
    let admitted = Self.admitted(
      &cursor, [.live(serial: 5), .kept(1, serial: 4), .live(serial: 5), .live(serial: 6)])
    #expect(admitted == [true, true, false, true])
  }

  @Test("catching up gives what is new; a gap moves the cursor to where the channel stands")
  func catchUp() {
    var cursor = ChannelCursor()
    cursor.begin(at: Position(epoch: "e", offset: 3))
    let all = Recovery<EnginePublication>(
      isRecovered: true, missed: [.kept(3, serial: 1), .kept(4, serial: 2)],
      top: Position(epoch: "e", offset: 4))
    let first = cursor.catchUp(all)?.map(\.position?.offset)
    let second = cursor.catchUp(all)
    #expect(first == [4] && second == [])
    let lost = Recovery<EnginePublication>(
      isRecovered: false, missed: [], top: Position(epoch: "f", offset: 9))
    let none = cursor.catchUp(lost)
    #expect(none == nil)
    #expect(cursor.position == Position(epoch: "f", offset: 9))
    let admitted = Self.admitted(
      &cursor, [.kept(9, epoch: "f", serial: 8), .kept(10, epoch: "f", serial: 9)])
    #expect(admitted == [false, true])
  }

  @Test("a new epoch begins anew")
  func epochs() {
    var cursor = ChannelCursor()
    let admitted = Self.admitted(&cursor, [.kept(100, serial: 1), .kept(1, epoch: "f", serial: 2)])
    #expect(admitted == [true, true])
  }
}

extension EnginePublication {
  static func kept(
    _ offset: UInt64, epoch: String = "e", node: UInt64 = 1, serial: UInt64
  ) -> EnginePublication {
    EnginePublication(
      channel: "a", position: Position(epoch: epoch, offset: offset),
      origin: EngineOrigin(node: node, serial: serial), message: ByteBuffer())
  }

  static func live(node: UInt64 = 1, serial: UInt64) -> EnginePublication {
    EnginePublication(
      channel: "a", position: nil, origin: EngineOrigin(node: node, serial: serial),
      message: ByteBuffer())
  }
}
