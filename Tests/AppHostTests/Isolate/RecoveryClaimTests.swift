import NIOCore
import Testing

@testable import AppHost

@Suite("A recovery claim")
struct RecoveryClaimTests {
  private func claim(_ auth: String) -> RecoveryClaim? { RecoveryClaim(ByteBuffer(string: auth)) }

  @Test("is an object with a pid and perhaps an offset, whatever else it holds")
  func shape() {
    #expect(claim(#"{"pid":"P","offset":"E:7","token":[1]}"#)?.pid == "P")
    #expect(claim(#"{"pid":"P"}"#)?.offset(in: "E", atLeast: 3) == 3)
    #expect(claim(#"{"pid":"P","offset":null}"#)?.offset(in: "E", atLeast: 3) == 3)
  }

  @Test(
    "is nothing else",
    arguments: [
      "", "{}", "[]", "null", "\"P\"", #"{"pid":7}"#, #"{"pid":null}"#, #"{"offset":"E:7"}"#,
      #"{"pid":"P","offset":7}"#, #"{"pid":"P""#, "[[[[",
    ])
  func malformed(auth: String) {
    #expect(claim(auth) == nil)
  }

  @Test("of a deeply nested payload is none", .timeLimit(.minutes(1)))
  func deep() {
    let nested = String(repeating: "[", count: 500_000)
    #expect(claim(#"{"pid":"P","x":\#(nested)"#) == nil)
  }

  @Test("begins at the offset that the client was told on this socket")
  func offsets() throws {
    let claim = try #require(self.claim(#"{"pid":"P","offset":"E:7"}"#))
    #expect(claim.offset(in: "E", atLeast: 3) == 7)
    #expect(claim.offset(in: "E", atLeast: 9) == 9)
    #expect(claim.offset(in: "F", atLeast: 3) == 3)
    for senseless in ["", "7", "E", "E:-1", "E:99999999999999999999"] {
      let claim = self.claim(#"{"pid":"P","offset":"\#(senseless)"}"#)
      #expect(claim?.offset(in: "E", atLeast: 3) == 3)
    }
    let highest = self.claim(#"{"pid":"P","offset":"E:18446744073709551615"}"#)
    #expect(highest?.offset(in: "E", atLeast: 3) == .max)
  }
}
