import Foundation
import Testing

/// A schema in Lua, what the browser gets of it, and values with what becomes of them.
struct SchemaCase: Sendable, CustomTestStringConvertible {
  let name: String
  let lua: String
  let description: String
  /// Each with the value, and the ack `[cleaned, errors]` that a handler which validates it gives.
  let values: [(value: String, expected: String)]

  var testDescription: String { name }

  /// The cases of Tests/Cases/schema, which the browser's tests share.
  static let all: [SchemaCase] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Cases/schema")
    let files = try? FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return (files ?? []).sorted { $0.path < $1.path }.flatMap(read)
  }()

  private static func read(_ file: URL) -> [SchemaCase] {
    guard let data = try? Data(contentsOf: file),
      let groups = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]]
    else { return [] }
    return groups.compactMap(SchemaCase.init)
  }

  private init?(_ group: [String: Any]) {
    guard let name = group["name"] as? String, let lua = group["lua"] as? String,
      let description = group["description"], let cases = group["cases"] as? [[String: Any]]
    else { return nil }
    self.name = name
    self.lua = lua
    self.description = canonical(description)
    values = cases.map {
      let expected = [$0["clean"] ?? NSNull(), $0["errors"] ?? NSNull()]
      return (canonical($0["value"] ?? NSNull()), canonical(expected))
    }
  }
}

/// The JSON text of a value with its keys sorted and whole numbers without a fraction, to compare.
func canonical(_ value: Any) -> String {
  let options: JSONSerialization.WritingOptions = [.sortedKeys, .fragmentsAllowed]
  guard let data = try? JSONSerialization.data(withJSONObject: value, options: options) else {
    return "unwritable"
  }
  return String(decoding: data, as: UTF8.self)
}

/// The same for JSON text.
func canonical(json: String) -> String {
  let read = try? JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed)
  return read.map(canonical) ?? "unreadable"
}
