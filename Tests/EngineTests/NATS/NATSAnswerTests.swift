import NIOCore
import PubSub
import Testing

@testable import PubSubNATS

@Suite struct NATSAnswerTests {
  @Test("JSON is read, with numbers as they are written")
  func json() {
    let value = JSONValue(
      #" { "a" : [1, -2.5e3, "x\n\u00e9\"", true, null, {}], "seq":18446744073709551615 } "#.utf8)
    #expect(value?["seq"]?.integer() == UInt64.max)
    #expect(
      value?["a"]
        == .array([
          .number("1"), .number("-2.5e3"), .string("x\né\""), .bool(true), .null, .object([:]),
        ]))
  }

  @Test(
    "what is no JSON is nothing",
    arguments: ["", "{", "{\"a\"}", "[1,]", "[1 2]", "\"x", "nul", "{}x", "\"\\u12\""])
  func broken(_ text: String) { #expect(JSONValue(text.utf8) == nil) }

  @Test("JSON that is nested too deeply is refused")
  func deep() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(JSONValue(deep.utf8) == nil)
  }

  @Test("times are read to the nanosecond")
  func times() {
    #expect(UTCTime.nanoseconds(of: "1970-01-01T00:00:00Z".utf8) == 0)
    #expect(
      UTCTime.nanoseconds(of: "2026-11-24T04:26:36.029859257Z".utf8) == 1_795_494_396_029_859_257)
    #expect(UTCTime.nanoseconds(of: "2024-02-29T12:00:00.5Z".utf8) == 1_709_208_000_500_000_000)
    #expect(UTCTime.nanoseconds(of: "9999-12-31T23:59:59.999999999Z".utf8) == nil)
    for wrong in ["", "yesterday", "2026-11-24T04:26:36", "2026-11-24T04:26:36.1234567891Z"] {
      #expect(UTCTime.nanoseconds(of: wrong.utf8) == nil)
    }
  }

  @Test("answers go out in the order of publications; live ones when they have left")
  func confirmations() {
    var owed = NATSConfirmations()
    let now = NIODeadline.uptimeNanoseconds(1)
    let position = Position(epoch: "e", offset: 1)
    /// The positions of the answers that can go out; nil for a live one.
    func take() -> [Position?] { owed.take().map { try? $0.get() } }
    let first = owed.addKept(now: now)
    owed.addLive(now: now)
    let second = owed.addKept(now: now)
    owed.answer(second, .success(position))
    owed.written()
    owed.addLive(now: now)
    #expect(take().isEmpty && owed.oldest == now)
    owed.answer(first, .success(position))
    #expect(take() == [position, nil, position])
    #expect(take().isEmpty)
    owed.written()
    #expect(take() == [nil] && owed.oldest == nil)
    owed.answer(99, .success(nil))
    #expect(take().isEmpty)
  }
}
