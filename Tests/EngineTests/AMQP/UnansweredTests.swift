import PubSub
import Testing

@testable import PubSubAMQP

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
