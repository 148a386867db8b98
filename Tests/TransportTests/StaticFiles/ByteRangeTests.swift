import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct ByteRangeTests {
  @Test(
    "a range of ten bytes",
    arguments: [
      (nil, .whole), ("bytes=0-0", .part(offset: 0, length: 1)),
      ("bytes=2-5", .part(offset: 2, length: 4)), ("bytes=5-", .part(offset: 5, length: 5)),
      ("bytes=5-99", .part(offset: 5, length: 5)), ("bytes=-3", .part(offset: 7, length: 3)),
      ("bytes=-99", .part(offset: 0, length: 10)), ("bytes=10-", .unsatisfiable),
      ("bytes=-0", .unsatisfiable), ("bytes=5-2", .whole), ("bytes=0-1,3-4", .whole),
      ("bytes=a-b", .whole), ("bytes=-", .whole), ("lines=1-2", .whole), ("bytes=1", .whole),
      ("bytes=99999999999999999999-", .unsatisfiable),
    ] as [(String?, ByteRange)])
  func ranges(header: String?, expected: ByteRange) {
    #expect(ByteRange(header: header, size: 10) == expected)
  }

  @Test("an empty file has no part")
  func empty() {
    #expect(ByteRange(header: "bytes=0-", size: 0) == .unsatisfiable)
    #expect(ByteRange(header: "bytes=-1", size: 0) == .unsatisfiable)
  }
}
