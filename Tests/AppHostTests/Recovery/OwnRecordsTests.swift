import Testing

@testable import AppHost

@Suite("The line behind a node's own records")
struct OwnRecordsTests {
  private typealias Line = OwnRecords<String, String>

  private func texts(_ steps: [Line.Step]?) -> [String]? {
    steps?.map { step in
      switch step {
      case .kept(let record): "kept \(record)"
      case .lost(let record): "lost \(record)"
      case .act(let act): act
      }
    }
  }

  @Test("goes on with a record that came back, up to the next one")
  func order() {
    var line = Line()
    let first = line.write("a")
    _ = line.wait("1")
    let second = line.write("b")
    _ = line.wait("2")
    _ = line.wait("3")
    #expect(texts(line.returned(first)) == ["kept a", "1"])
    #expect(!line.isEmpty)
    #expect(texts(line.returned(second)) == ["kept b", "2", "3"])
    #expect(line.isEmpty)
  }

  @Test("gives up those that stand before one that came back")
  func skipped() {
    var line = Line()
    _ = line.write("a")
    _ = line.wait("1")
    let last = line.write("b")
    #expect(texts(line.returned(last)) == ["lost a", "1", "kept b"])
  }

  @Test("does what failed in its turn")
  func failed() {
    var line = Line()
    let first = line.write("a")
    let second = line.write("b")
    _ = line.wait("1")
    #expect(texts(line.failed(second)) == [])
    #expect(texts(line.returned(first)) == ["kept a", "lost b", "1"])
    let third = line.write("c")
    _ = line.wait("2")
    #expect(texts(line.failed(third)) == ["lost c", "2"])
    #expect(texts(line.failed(third)) == [])
  }

  @Test("knows nothing of a record that it gave up")
  func givenUp() {
    var line = Line()
    let first = line.write("a")
    _ = line.wait("1")
    #expect(texts(line.giveUp()) == ["lost a", "1"])
    #expect(line.isEmpty && line.returned(first) == nil)
    let second = line.write("b")
    #expect(line.returned(first) == nil)
    #expect(texts(line.returned(second)) == ["kept b"])
  }

  @Test("lets all acts go when too many wait, and keeps the records")
  func tooMany() {
    var line = Line(mostActs: 3)
    let first = line.write("a")
    #expect(line.wait("1") == [] && line.wait("2") == [])
    let second = line.write("b")
    #expect(line.wait("3") == [] && line.wait("4") == ["1", "2", "3", "4"])
    #expect(line.wait("5") == [])
    #expect(texts(line.returned(first)) == ["kept a"])
    #expect(line.wait("6") == [] && line.wait("7") == [])
    #expect(texts(line.returned(second)) == ["kept b", "5", "6", "7"])
    let third = line.write("c")
    #expect(line.wait("8") == [] && line.wait("9") == [] && line.wait("10") == [])
    #expect(texts(line.failed(third)) == ["lost c", "8", "9", "10"])
  }

  @Test("does everything once and in order, whatever comes back: fuzz")
  func fuzz() {
    Fuzz.run { generator in
      var line = Line()
      var written: [UInt64] = []
      var expected: [String] = []
      var done: [String] = []
      for number in 0..<40 {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0, 1:
          expected.append("\(number)")
          written.append(line.write("\(number)"))
        case 2:
          expected.append("\(number)")
          if line.isEmpty { done.append("\(number)") } else { _ = line.wait("\(number)") }
        case 3: done += plain(line.failed(written.randomElement(using: &generator) ?? 0))
        default:
          if let serial = written.randomElement(using: &generator) {
            done += plain(line.returned(serial) ?? [])
          }
        }
        #expect(done == Array(expected.prefix(done.count)))
      }
      done += plain(line.giveUp())
      #expect(done == expected)
    }
  }

  private func plain(_ steps: [Line.Step]) -> [String] {
    steps.map { step in
      switch step {
      case .kept(let text), .lost(let text), .act(let text): text
      }
    }
  }
}
