import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct GzipTests {
  @Test(
    "a client says whether it takes gzip",
    arguments: [
      (nil, false), ("", false), ("gzip", true), ("deflate, GZIP;q=0.5", true), ("*", true),
      ("gzip;q=0", false), ("gzip; q=0.0", false), ("br, deflate", false), ("gzip;q=abc", false),
    ] as [(String?, Bool)])
  func acceptance(header: String?, expected: Bool) {
    #expect(Gzip.isAccepted(by: header) == expected)
  }
}
