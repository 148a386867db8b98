import NIOCore
import NIOPosix
import Testing

@testable import AppHost

@Suite("A mailbox")
struct MailboxTests {
  @Test("asks one caller to drain and no other until the line is empty")
  func oneDrainer() throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let mailbox = Mailbox<Int>(eventLoop: loop)
    #expect(mailbox.append([1, 2]) === loop)
    #expect(mailbox.append([3]) == nil)
    #expect(mailbox.takeAll() == [1, 2, 3])
    #expect(mailbox.append([4]) == nil)
    #expect(mailbox.mustGoOn())
    #expect(mailbox.takeAll() == [4])
    #expect(!mailbox.mustGoOn())
    #expect(mailbox.append([5]) === loop)
  }

  @Test(
    "lets who has elements drain at once on its loop, unless something waits or somebody drains")
  func beginning() throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    defer { try? group.syncShutdownGracefully() }
    let loop = group.next()
    let mailbox = Mailbox<Int>(eventLoop: loop)
    #expect(!mailbox.begin(on: group.next()))
    #expect(mailbox.begin(on: loop))
    #expect(!mailbox.begin(on: loop))
    #expect(mailbox.append([1]) == nil)
    #expect(mailbox.mustGoOn())
    #expect(!mailbox.begin(on: loop))
    #expect(mailbox.takeAll() == [1])
    #expect(!mailbox.mustGoOn())
    #expect(mailbox.append([2]) === loop)
    #expect(!mailbox.begin(on: loop))
  }

  @Test("weighs what waits")
  func weight() throws {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let mailbox = Mailbox<Int>(eventLoop: loop) { $0 }
    _ = mailbox.append([2, 3])
    _ = mailbox.append([5])
    #expect(mailbox.weight == 10)
    let taken = mailbox.takeAll()
    #expect(mailbox.weight == 0)
    mailbox.move(to: loop, returning: Array(taken[1...]))
    #expect(mailbox.weight == 8)
  }

  @Test("keeps the order when it moves to another loop with elements left over")
  func moving() throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let first = group.next()
    let mailbox = Mailbox<Int>(eventLoop: first)
    _ = mailbox.append([1, 2, 3])
    let taken = mailbox.takeAll()
    #expect(mailbox.append([4]) == nil)
    let second = group.next()
    mailbox.move(to: second, returning: Array(taken[1...]))
    #expect(mailbox.eventLoop === second)
    #expect(mailbox.takeAll() == [2, 3, 4])
    #expect(!mailbox.mustGoOn())
  }
}
