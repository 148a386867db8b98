import NIOCore
import Testing

@testable import AppHost

@Suite struct MultipartBodyFuzz {
  @Test("what is encoded comes back, byte for byte")
  func roundTrip() throws {
    try Fuzz.run { generator in
      let form = EncodedForm(&generator)
      let body = try #require(MultipartBody(form.body, boundary: form.boundary))
      #expect(body.fields.map(\.0) == form.fields.map(\.name))
      #expect(body.fields.map { Array($0.1.utf8) } == form.fields.map { Array($0.value.utf8) })
      #expect(body.files == form.files)
    }
  }

  @Test("damaged bodies and any boundary are survived")
  func damage() {
    let alphabet = Array("\r\n-B:;=\" a\\".utf8) + [0, 0xC3, 0xFF]
    Fuzz.run { generator in
      let form = EncodedForm(&generator)
      let bytes = generator.damaged(Array(form.body.readableBytesView), with: alphabet)
      _ = MultipartBody(ByteBuffer(bytes: bytes), boundary: form.boundary)
      let boundary = generator.text(maxCount: 4, alphabet: "\r\n-B")
      _ = MultipartBody(ByteBuffer(bytes: bytes), boundary: boundary)
      let noise = generator.bytes(maxCount: 60, alphabet: alphabet)
      _ = MultipartBody(ByteBuffer(bytes: noise), boundary: boundary)
    }
  }
}

/// A form as browsers encode it: the boundary occurs in none of its parts.
private struct EncodedForm {
  private static let alphabet = "\r\n-Bb: é\u{301}\"\\;"

  let boundary: String
  private(set) var fields: [(name: String, value: String)] = []
  private(set) var files: [MultipartBody.File] = []
  private(set) var body = ByteBuffer()

  init(_ generator: inout SeededGenerator) {
    // Parts may hold all of it but its end.
    boundary = generator.text(maxCount: 3, alphabet: "-Bb") + "!"
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      let name = Self.name(&generator)
      if Bool.random(using: &generator) {
        let value = generator.text(maxCount: 12, alphabet: Self.alphabet)
        fields.append((name, value))
        add("name=\"\(Self.quoted(name))\"", [], Array(value.utf8))
      } else {
        addFile(name, &generator)
      }
    }
    body.writeString("--\(boundary)--\r\n")
  }

  private mutating func addFile(_ name: String, _ generator: inout SeededGenerator) {
    let filename = Self.name(&generator)
    let data = generator.bytes(maxCount: 20, alphabet: Array("\r\n-Bb".utf8) + [0, 0xFF])
    files.append(
      .init(name: name, filename: filename, type: "a/b; c=d", data: ByteBuffer(bytes: data)))
    add(
      "name=\"\(Self.quoted(name))\"; filename=\"\(Self.quoted(filename))\"",
      ["Content-Type: a/b; c=d"], data)
  }

  private mutating func add(_ disposition: String, _ headers: [String], _ content: [UInt8]) {
    body.writeString("--\(boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n")
    for header in headers { body.writeString("\(header)\r\n") }
    body.writeString("\r\n")
    body.writeBytes(content)
    body.writeString("\r\n")
  }

  private static func name(_ generator: inout SeededGenerator) -> String {
    generator.text(maxCount: 5, alphabet: "ab \"\\;=é\u{301}")
  }

  private static func quoted(_ text: String) -> String {
    text.unicodeScalars.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
  }
}
