import NIOCore
import Testing

@testable import PubSubMongo

@Suite struct BSONTests {
  private let document = BSONWriter.document { writer in
    writer.append("text", "grüß\u{0}e")
    writer.append("number", Int64.min)
    writer.append("small", small: -7)
    writer.append("date", date: 1_700_000_000_000)
    writer.append("true", true)
    writer.append("bytes", ByteBuffer(bytes: [0, 255]))
    writer.append("names", ["a", ""])
    writer.append("inner", document: { $0.append("x", small: 1) })
  }

  @Test("what is written is read")
  func roundTrip() {
    func value(_ name: String) -> BSONValue? { BSONReader.value(of: name, in: document) }
    #expect(value("text")?.text == "grüß\u{0}e")
    #expect(value("number")?.number == .min)
    #expect(value("small")?.number == -7)
    #expect(value("date")?.number == 1_700_000_000_000)
    #expect(value("true")?.isTrue == true)
    #expect(value("bytes")?.bytes == ByteBuffer(bytes: [0, 255]))
    #expect(value("names")?.document.map { BSONReader.value(of: "1", in: $0)?.text } == "")
    #expect(value("inner")?.document.map { BSONReader.value(of: "x", in: $0)?.number } == 1)
    #expect(value("none") == nil)
  }

  @Test("the bytes are those of the specification")
  func bytes() {
    let hello = BSONWriter.document { $0.append("hello", "world") }
    #expect(
      Array(hello.readableBytesView)
        == [22, 0, 0, 0, 2] + Array("hello".utf8) + [0, 6, 0, 0, 0] + Array("world".utf8) + [0, 0])
  }

  @Test("what was cut off, or is of no form, ends the reading")
  func malformed() {
    var generator = SystemRandomNumberGenerator()
    for length in 0..<document.readableBytes {
      var reader = BSONReader(document.getSlice(at: 0, length: length) ?? ByteBuffer())
      #expect(reader.next() == nil)
    }
    for _ in 1...5_000 {
      var bytes = document
      for _ in 1...3 {
        bytes.setInteger(
          UInt8.random(in: 0...255, using: &generator),
          at: Int.random(in: 0..<bytes.readableBytes, using: &generator))
      }
      var reader = BSONReader(bytes)
      var count = 0
      while let element = reader.next() {
        count += 1
        if let inner = element.value.document { _ = BSONReader.value(of: "x", in: inner) }
        _ = LogDocument(bytes)
      }
      #expect(count <= bytes.readableBytes)
    }
  }
}
