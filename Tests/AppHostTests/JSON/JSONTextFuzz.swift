import Foundation
import NIOCore
import Testing

@testable import AppHost

@Suite struct JSONTextFuzz {
  private static let alphabet = Array("{}[]\",:\\u0-9.eE+d8 ta\n".utf8) + [0, 0x80, 0xC3, 0xFF]

  @Test("a text is compacted to what it was made of")
  func compacts() {
    Fuzz.run { generator in
      let value = JSONTextGenerator(depth: 3, &generator)
      let text = " " + value.spaced(&generator) + "\n"
      let compact = JSONFields.compacted(ByteBuffer(string: text)).map { String(buffer: $0) }
      #expect(compact == value.compact)
    }
  }

  @Test("members and elements come out as they were put in")
  func fields() {
    Fuzz.run { generator in
      let values = (0..<Int.random(in: 1...4, using: &generator)).map { index in
        (
          name: JSONTextGenerator.content(&generator) + "\(index)",
          text: JSONTextGenerator(depth: 2, &generator).spaced(&generator)
        )
      }
      let members = values.map { value in
        JSONTextGenerator.string(value.name, &generator).compact + " :\n" + value.text
      }
      let fields = JSONFields(ByteBuffer(string: "{ \(members.joined(separator: " , ")) }"))
      for value in values {
        #expect(fields?.raw(value.name).map { String(buffer: $0) } == value.text)
      }
      let array = "[ \(values.map(\.text).joined(separator: "\t,")) ]"
      let elements = JSONFields.elements(ByteBuffer(string: array))
      #expect(elements?.map { String(buffer: $0) } == values.map(\.text))
    }
  }

  @Test("a string says what it was made to say")
  func strings() {
    Fuzz.run { generator in
      let content = JSONTextGenerator.content(&generator)
      let json = JSONTextGenerator.string(content, &generator).compact
      #expect(JSONFields.text(ByteBuffer(string: json)) == content)
      #expect(JSONFields.text(ByteBuffer(string: jsonString(content))) == content)
    }
  }

  @Test("of damaged texts no more pass than another parser takes, and the same is meant")
  func damage() {
    Fuzz.run { generator in
      let value = JSONTextGenerator(depth: 2, &generator)
      let bytes = generator.damaged(
        Array(value.spaced(&generator).utf8), with: Self.alphabet)
      let text = ByteBuffer(bytes: bytes)
      _ = JSONFields(text)?.raw("a")
      _ = JSONFields.elements(text)
      let parsed = Self.parse(bytes)
      guard let compact = JSONFields.compacted(text) else {
        return #expect(parsed == nil || Self.isForgiven(bytes))
      }
      #expect(String(validating: compact.readableBytesView, as: UTF8.self) != nil)
      #expect(!compact.readableBytesView.contains { $0 < 0x20 })
      // The other parser takes no number beyond a double's range.
      guard let parsed else { return #expect(bytes.contains { $0 | 0x20 == UInt8(ascii: "e") }) }
      #expect(Self.parse(Array(compact.readableBytesView)) == parsed)
    }
  }

  @Test("any bytes are survived")
  func noise() {
    Fuzz.run { generator in
      let text = ByteBuffer(bytes: generator.bytes(maxCount: 40, alphabet: Self.alphabet))
      _ = JSONFields(text)
      _ = JSONFields.elements(text)
      _ = JSONFields.text(text)
      _ = JSONFields.compacted(text)
      _ = EventPayload(text)
    }
  }

  /// What another parser understands, in a form to compare.
  private static func parse(_ bytes: [UInt8]) -> Data? {
    let value = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    return value.flatMap {
      try? JSONSerialization.data(withJSONObject: $0, options: [.sortedKeys, .fragmentsAllowed])
    }
  }

  /// Whether the other parser takes the text for its encoding, or in spite of a last comma.
  private static func isForgiven(_ bytes: [UInt8]) -> Bool {
    let packed = bytes.filter { !JSONFields.isSpace($0) }
    let hasLastComma = zip(packed, packed.dropFirst()).contains {
      $0 == UInt8(ascii: ",") && ($1 == UInt8(ascii: "]") || $1 == UInt8(ascii: "}"))
    }
    return hasLastComma || bytes.contains(0)
  }
}
