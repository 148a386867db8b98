import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct HTTPDateTests {
  @Test(
    "dates are written and read back",
    arguments: [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
      (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ])
  func dates(seconds: Int, text: String) {
    #expect(HTTPDate.format(seconds) == text)
    #expect(HTTPDate.parse(text) == seconds)
  }

  @Test(
    "what is no such date is none",
    arguments: ["", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Abc 1994 08:49:37 GMT"])
  func nonsense(text: String) {
    #expect(HTTPDate.parse(text) == nil)
  }
}
