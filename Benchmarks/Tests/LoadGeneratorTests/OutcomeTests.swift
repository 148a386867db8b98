import Testing

@testable import LoadGenerator

@Suite struct OutcomeTests {
  @Test("the median is taken figure by figure")
  func median() {
    let runs = [(3.0, 9.0), (1, 8), (2, 7)].map { rate, time in
      Outcome(
        scenario: "echo", setting: "s", figures: [Figure("a", rate, "/s"), Figure("b", time, "ms")])
    }
    #expect(Outcome.median(of: runs)?.figures.map(\.value) == [2, 8])
    #expect(Outcome.median(of: Array(runs.prefix(2)))?.figures.map(\.value) == [2, 8.5])
    #expect(Outcome.median(of: []) == nil)
  }

  @Test("a table shows medians with the rounds behind them")
  func table() {
    let runs = [1_234_567.4, 28, 0.0004].map {
      Outcome(scenario: "echo", setting: "here", figures: [Figure("replies", $0, "/s")])
    }
    let lines = "\(Table(scenarios: [runs]))".split(separator: "\n")
    #expect(lines[0] == "echo · here")
    #expect(lines[1].hasSuffix("28 /s         of 1,234,567  28  0"))
  }
}
