import NIOCore
import Testing

@testable import PubSub

@Suite struct ChannelCursorTests {
  @Test("each publication is admitted once and only in order")
  func once() {
    var cursor = ChannelCursor()
    #expect(cursor.admit(.kept(1, serial: 1)))
    #expect(!cursor.admit(.kept(1, serial: 1)))
    #expect(cursor.admit(.kept(4, serial: 2)))
    #expect(!cursor.admit(.kept(3, serial: 3)))
    #expect(cursor.position == Position(epoch: "e", offset: 4))
  }

  @Test("one that was stored twice, because its confirmation was lost, is admitted once")
  func storedTwice() {
    var cursor = ChannelCursor()
    #expect(cursor.admit(.kept(1, serial: 7)))
    #expect(!cursor.admit(.kept(2, serial: 7)))
    #expect(cursor.position?.offset == 2)
    #expect(cursor.admit(.kept(3, node: 2, serial: 7)))
  }

  @Test("those with and without a history do not hide one another")
  func ways() {
    var cursor = ChannelCursor()
    #expect(cursor.admit(.live(serial: 5)))
    #expect(cursor.admit(.kept(1, serial: 4)))
    #expect(!cursor.admit(.live(serial: 5)))
    #expect(cursor.admit(.live(serial: 6)))
  }

  @Test("catching up gives what is new; a gap moves the cursor to where the channel stands")
  func catchUp() {
    var cursor = ChannelCursor()
    cursor.begin(at: Position(epoch: "e", offset: 3))
    let all = Recovery(
      isRecovered: true, missed: [.kept(3, serial: 1), .kept(4, serial: 2)],
      top: Position(epoch: "e", offset: 4))
    #expect(cursor.catchUp(all)?.map(\.position?.offset) == [4])
    #expect(cursor.catchUp(all) == [])
    let lost = Recovery<EnginePublication>(
      isRecovered: false, missed: [], top: Position(epoch: "f", offset: 9))
    #expect(cursor.catchUp(lost) == nil)
    #expect(cursor.position == Position(epoch: "f", offset: 9))
    #expect(!cursor.admit(.kept(9, epoch: "f", serial: 8)))
    #expect(cursor.admit(.kept(10, epoch: "f", serial: 9)))
  }

  @Test("a new epoch begins anew")
  func epochs() {
    var cursor = ChannelCursor()
    #expect(cursor.admit(.kept(100, serial: 1)))
    #expect(cursor.admit(.kept(1, epoch: "f", serial: 2)))
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
