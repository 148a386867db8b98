/// Methods of strings. Lengths and places are UTF-16 code units.
struct StringMethods {
  /// How many code units `repeat`, `padStart` and `padEnd` may give; beyond, they are undefined.
  private static let longestPadding = 100_000

  let text: String
  let arguments: Arguments
  let work: Work

  func call(_ name: String) -> Value {
    switch name {
    case "toUpperCase": return .text(text.uppercased())
    case "toLowerCase": return .text(text.lowercased())
    case "trim": return .text(text.trimmedLikeJavaScript)
    case "split": return split()
    case "replace": return replace()
    case "repeat": return repeated()
    default: break
    }
    let subject = JavaScriptText(text)
    switch name {
    case "slice": return slice(subject)
    case "substring": return substring(subject)
    case "charAt": return .text(subject.unit(at: arguments.integer(0, default: 0)) ?? "")
    case "padStart", "padEnd": return pad(subject, atStart: name == "padStart")
    default: return search(name, subject)
    }
  }

  private func slice(_ subject: JavaScriptText) -> Value {
    let count = subject.units.count
    let start = arguments.place(0, of: count, default: 0)
    let end = arguments.place(1, of: count, default: count)
    return .text(start < end ? JavaScriptText.string(subject.units[start..<end]) : "")
  }

  private func substring(_ subject: JavaScriptText) -> Value {
    let count = subject.units.count
    let start = max(0, min(arguments.integer(0, default: 0), count))
    let end = max(0, min(arguments.integer(1, default: count), count))
    return .text(JavaScriptText.string(subject.units[min(start, end)..<max(start, end)]))
  }

  private func search(_ name: String, _ subject: JavaScriptText) -> Value {
    let wanted = JavaScriptText(arguments.text(0))
    let count = subject.units.count
    let start = max(0, min(arguments.integer(1, default: 0), count))
    switch name {
    case "indexOf":
      return .number(Double(subject.firstIndex(of: wanted, from: start, work: work) ?? -1))
    case "includes":
      return .bool(subject.firstIndex(of: wanted, from: start, work: work) != nil)
    case "startsWith": return .bool(subject.has(wanted, at: start))
    case "endsWith":
      let end = max(0, min(arguments.integer(1, default: count), count))
      return .bool(subject.has(wanted, at: end - wanted.units.count))
    default: return .undefined
    }
  }

  private func split() -> Value {
    guard arguments.has(0) else { return .json([.string(text)]) }
    let subject = JavaScriptText(text)
    let separator = JavaScriptText(arguments.text(0))
    let limit = arguments.has(1) ? max(0, arguments.integer(1, default: 0)) : Int.max
    var parts: [JSONValue] = []
    if separator.units.isEmpty {
      guard work.spend(subject.units.count) else { return .undefined }
      parts = subject.units.map { .string(JavaScriptText.string([$0])) }
    } else {
      var start = 0
      while let end = subject.firstIndex(of: separator, from: start, work: work) {
        guard work.spend(1) else { return .undefined }
        parts.append(.string(JavaScriptText.string(subject.units[start..<end])))
        start = end + separator.units.count
      }
      parts.append(.string(JavaScriptText.string(subject.units[start...])))
    }
    return .json(.array(Array(parts.prefix(limit))))
  }

  /// Replaces the first occurrence.
  private func replace() -> Value {
    let subject = JavaScriptText(text)
    let wanted = JavaScriptText(arguments.text(0))
    guard let place = subject.firstIndex(of: wanted, work: work) else { return .text(text) }
    let replacement = Array(arguments.text(1).utf16)
    guard work.spend(bytes: replacement.count) else { return .undefined }
    let after = subject.units[(place + wanted.units.count)...]
    return .text(JavaScriptText.string(subject.units[..<place] + replacement + after))
  }

  private func repeated() -> Value {
    let count = arguments[0].asNumber
    let length = Double(text.utf16.count)
    guard count > -1, count * length <= Double(Self.longestPadding), count.isFinite,
      work.spend(bytes: Int(count * length))
    else { return .undefined }
    return .text(text.isEmpty ? "" : String(repeating: text, count: Int(count)))
  }

  private func pad(_ subject: JavaScriptText, atStart: Bool) -> Value {
    let length = arguments[0].asNumber
    guard length <= Double(Self.longestPadding) else { return .undefined }
    let filler = Array((arguments.has(1) ? arguments.text(1) : " ").utf16)
    let missing = Int(max(length, 0)) - subject.units.count
    guard missing > 0, !filler.isEmpty else { return .text(text) }
    guard work.spend(bytes: missing) else { return .undefined }
    let padding = (0..<missing).map { filler[$0 % filler.count] }
    return .text(
      JavaScriptText.string(atStart ? padding + subject.units : subject.units + padding))
  }
}
