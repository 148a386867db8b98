import NIOCore
import RealtimeProtocol
import Testing

@Suite struct Base64Tests {
  @Test(
    "the examples of RFC 4648",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func examples(plain: String, encoded: String) {
    var buffer = ByteBuffer()
    Base64.encode(ByteBuffer(string: plain), into: &buffer)
    #expect(String(buffer: buffer) == encoded)
    #expect(Base64.decode(ByteBuffer(string: encoded)) == ByteBuffer(string: plain))
  }

  @Test("padding may be left out")
  func unpadded() {
    #expect(Base64.decode(ByteBuffer(string: "Zm9vYg")) == ByteBuffer(string: "foob"))
  }

  @Test("what is not base64 is refused", arguments: ["A", "Zg=a", "Z===", "====", "Zm9 ", "é==="])
  func refused(text: String) {
    #expect(Base64.decode(ByteBuffer(string: text)) == nil)
  }

  @Test("any bytes come back")
  func roundTrip() {
    Fuzz.run { generator in
      let bytes = ByteBuffer(bytes: generator.bytes(maxCount: 100))
      var encoded = ByteBuffer()
      Base64.encode(bytes, into: &encoded)
      #expect(encoded.readableBytes == Base64.encodedLength(bytes.readableBytes))
      #expect(Base64.decode(encoded) == bytes)
    }
  }
}
