import Testing

@testable import PubSubAMQP

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
