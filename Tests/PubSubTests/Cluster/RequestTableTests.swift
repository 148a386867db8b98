import NIOCore
import Testing

@testable import PubSub

@Suite struct RequestTableTests {
  private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
  private static let due = start + .seconds(5)

  /// What a reception says, to be compared.
  private static func text(_ reception: RequestTable<String>.Reception) -> String {
    switch reception {
    case .ignored: "ignored"
    case .kept(let asker, let settled): "kept \(asker)" + (settled.map { ", \(text($0))" } ?? "")
    case .refused(let settled): "refused" + (settled.map { ", \(text($0))" } ?? "")
    }
  }

  private static func text(_ settled: RequestTable<String>.Settled) -> String {
    "settled \(settled.asker) \(settled.silent.map { "\($0.node): \($0.silence)" })"
  }

  @Test("a request is settled when all have answered")
  func all() throws {
    var table = RequestTable<String>()
    let id = try table.begin("a", expecting: [1, 2], until: Self.due)
    let first = table.received(NodeAnswer(node: 2, id: id))
    let last = table.received(NodeAnswer(node: 1, id: id))
    #expect(Self.text(first) == "kept a" && Self.text(last) == "kept a, settled a []")
    #expect(table.count == 0)
    #expect(Self.text(table.received(NodeAnswer(node: 1, id: id))) == "ignored")
  }

  @Test("the answer to a request that was forgotten is nothing to those after it")
  func forgotten() throws {
    var table = RequestTable<String>()
    let old = try table.begin("a", expecting: [1], until: Self.due)
    table.forgetAll()
    let new = try table.begin("b", expecting: [1], until: Self.due)
    #expect(new != old && table.count == 1)
    #expect(Self.text(table.received(NodeAnswer(node: 1, id: old))) == "ignored")
  }

  @Test("an answer may come in parts, none of which may be missing")
  func parts() throws {
    var table = RequestTable<String>()
    let id = try table.begin("a", expecting: [1, 2], until: Self.due)
    for part in 0...2 {
      let answer = NodeAnswer(node: 1, id: id, part: UInt32(part), isLast: part == 2)
      #expect(Self.text(table.received(answer)) == "kept a")
    }
    #expect(Self.text(table.received(NodeAnswer(node: 2, id: id, isLast: false))) == "kept a")
    let late = table.received(NodeAnswer(node: 2, id: id, part: 2))
    #expect(Self.text(late) == #"refused, settled a ["2: failed(\"incomplete\")"]"#)
  }

  @Test("who answers twice, was not asked or is unknown is ignored")
  func strangers() throws {
    var table = RequestTable<String>()
    let id = try table.begin("a", expecting: [1, 2], until: Self.due)
    _ = table.received(NodeAnswer(node: 1, id: id))
    #expect(Self.text(table.received(NodeAnswer(node: 1, id: id))) == "ignored")
    #expect(Self.text(table.received(NodeAnswer(node: 3, id: id))) == "ignored")
    #expect(Self.text(table.received(NodeAnswer(node: 2, id: id + 1))) == "ignored")
    #expect(table.count == 1)
  }

  @Test("nobody waits for a node that is gone")
  func gone() throws {
    var table = RequestTable<String>()
    let first = try table.begin("a", expecting: [1, 2], until: Self.due)
    _ = try table.begin("b", expecting: [2], until: Self.due)
    _ = table.received(NodeAnswer(node: 1, id: first))
    #expect(table.nodeDown(3).isEmpty)
    #expect(
      table.nodeDown(2).map(Self.text) == [
        #"settled a ["2: gone"]"#, #"settled b ["2: gone"]"#,
      ])
    #expect(table.count == 0)
  }

  @Test("when the time is over those who are missing are named")
  func expiry() throws {
    var table = RequestTable<String>()
    let id = try table.begin("a", expecting: [3, 1, 2], until: Self.due)
    _ = try table.begin("b", expecting: [1], until: Self.due + .nanoseconds(1))
    _ = table.received(NodeAnswer(node: 1, id: id))
    _ = table.received(NodeAnswer(node: 2, id: id, failure: "no_handler"))
    #expect(table.expire(now: Self.start).isEmpty)
    #expect(
      table.expire(now: Self.due).map(Self.text) == [
        #"settled a ["2: failed(\"no_handler\")", "3: timeout"]"#
      ])
    #expect(table.count == 1)
  }

  @Test("too many requests and too large answers are refused")
  func bounds() throws {
    var limits = RequestLimits()
    limits.outstanding = 2
    limits.answerBytes = 10
    var table = RequestTable<String>(limits: limits)
    let id = try table.begin("a", expecting: [1, 2], until: Self.due)
    _ = try table.begin("b", expecting: [1], until: Self.due)
    let refused: PubSubError.Code?
    do throws(PubSubError) {
      _ = try table.begin("c", expecting: [1], until: Self.due)
      refused = nil
    } catch {
      refused = error.code
    }
    #expect(refused == .overdue)
    let body = ByteBuffer(repeating: 1, count: 6)
    #expect(Self.text(table.received(NodeAnswer(node: 1, id: id, body: body))) == "kept a")
    #expect(
      Self.text(table.received(NodeAnswer(node: 2, id: id, body: body)))
        == #"refused, settled a ["2: failed(\"too large\")"]"#)
  }

  @Test("whatever happens, each request is settled once, and each node is accounted for")
  func fuzz() {
    Fuzz.run { generator in
      var table = RequestTable<Int>()
      var asked: [UInt64: Set<UInt64>] = [:]
      var answered: [Int: Set<UInt64>] = [:]
      var settled: [Int: Set<UInt64>] = [:]
      var now = Self.start
      func note(_ outcome: RequestTable<Int>.Settled?) {
        guard let outcome else { return }
        #expect(settled[outcome.asker] == nil)
        settled[outcome.asker] = Set(outcome.silent.map(\.node))
      }
      for number in 0..<80 {
        let node = UInt64.random(in: 1...4, using: &generator)
        let id = UInt64.random(in: 0...UInt64(asked.count), using: &generator)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0..<3:
          let nodes = Set((1...3).map { _ in UInt64.random(in: 1...4, using: &generator) })
          let begun = try? table.begin(number, expecting: nodes, until: now + .seconds(5))
          if let begun { asked[begun] = nodes }
        case 3: for outcome in table.nodeDown(node) { note(outcome) }
        case 4:
          now = now + .seconds(2)
          for outcome in table.expire(now: now) { note(outcome) }
        case 5:
          if case .refused(let outcome) = table.received(.init(node: node, id: id, part: 9)) {
            note(outcome)
          }
        default:
          guard case .kept(let asker, let outcome) = table.received(.init(node: node, id: id))
          else { continue }
          answered[asker, default: []].insert(node)
          note(outcome)
        }
      }
      for outcome in table.expire(now: now + .minutes(1)) { note(outcome) }
      #expect(table.count == 0 && settled.count == asked.count)
      for (asker, silent) in settled {
        #expect(silent.isDisjoint(with: answered[asker] ?? []))
        #expect(asked.values.contains(silent.union(answered[asker] ?? [])))
      }
    }
  }
}
