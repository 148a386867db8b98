import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct QueryStringTests {
  @Test("names and values are decoded and keep their order")
  func decoding() {
    let query = QueryString.parse(uri: "/x?a=1&b=%C3%A9+x&c&=d&bad=%zz")
    #expect(query.map(\.0) == ["a", "b", "c", "", "bad"])
    #expect(query.map(\.1) == ["1", "é x", "", "d", "%zz"])
  }

  @Test("a target without a query has none")
  func none() {
    #expect(QueryString.parse(uri: "/x").isEmpty)
  }
}
