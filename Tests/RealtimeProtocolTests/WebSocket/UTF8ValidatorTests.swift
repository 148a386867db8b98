import Testing

@testable import RealtimeProtocol

@Suite struct UTF8ValidatorTests {
  private func isValid(_ bytes: [UInt8], cutAt cut: Int = 0) -> Bool {
    var validator = UTF8Validator()
    let isFine = [bytes[..<cut], bytes[cut...]].allSatisfy { piece in
      Array(piece).withUnsafeBytes { validator.consume($0) }
    }
    return isFine && validator.isComplete
  }

  @Test(
    "text is accepted wherever it is cut", arguments: ["", "plain", "é", "€uro", "🪐", "a🪐é€z"])
  func accepted(text: String) {
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count { #expect(isValid(bytes, cutAt: cut)) }
  }

  @Test(
    "overlong forms, surrogates and numbers beyond Unicode are refused",
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
      [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF],
      [0xE2, 0x28, 0xA1], [0x41, 0xE2, 0x82],
    ] as [[UInt8]])
  func refused(bytes: [UInt8]) {
    for cut in 0...bytes.count { #expect(!isValid(bytes, cutAt: cut)) }
  }

  @Test("it agrees with the standard library about any bytes")
  func agreement() {
    let alphabet: [UInt8] = [
      0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xE0, 0xE1, 0xED, 0xF0, 0xF1, 0xF4,
    ]
    Fuzz.run { generator in
      let bytes = generator.bytes(maxCount: 12, alphabet: alphabet)
      let cut = Int.random(in: 0...bytes.count, using: &generator)
      #expect(isValid(bytes, cutAt: cut) == (String(validating: bytes, as: UTF8.self) != nil))
    }
  }
}
