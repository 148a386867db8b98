import NIOCore
import RealtimeProtocol
import Testing

@Suite struct WebSocketHandshakeTests {
  @Test("the key of RFC 6455 gets the answer of RFC 6455")
  func accept() {
    #expect(
      WebSocketAccept.value(forKey: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
  }

  @Test(
    "a key that is not sixteen bytes in base64 is refused",
    arguments: ["", "abc", "dGhlIHNhbXBsZSBub25jZQ", "!!!!IHNhbXBsZSBub25jZQ==", "AAAA"])
  func refused(key: String) {
    #expect(WebSocketAccept.value(forKey: key) == nil)
  }

  @Test(
    "digests are those of RFC 3174",
    arguments: [
      ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
      ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
      ),
    ])
  func digests(text: String, expected: String) {
    let digest = SHA1.digest(Array(text.utf8)).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    #expect(digest.joined() == expected)
  }

  @Test("a close frame carries its code and as much of its reason as fits")
  func closeFrame() {
    let long = String(repeating: "é", count: 100)
    let frame = WebSocketClose.frame(code: .goingAway, reason: long)
    #expect(frame.readableBytes == 2 + 2 + 122)
    #expect(frame.getInteger(at: 2, as: UInt16.self) == 1001)
    #expect(Array(buffer: WebSocketClose.frame(code: nil)) == [0x88, 0])
  }
}
