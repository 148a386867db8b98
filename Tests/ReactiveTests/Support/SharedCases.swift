import Reactive
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A case that every renderer of templates must pass, from a file in Tests/Cases.
struct SharedCase: Sendable, CustomTestStringConvertible {
  let file: String
  let json: JSONValue

  var name: String { json["name"]?.string ?? "" }
  var template: String { json["template"]?.string ?? "" }
  var data: JSONValue { json["data"] ?? [:] }
  /// What must come out; nil when the case says something else about it.
  var html: String? { (json["html"] ?? json["expected"])?.string }
  var testDescription: String { "\(file): \(name)" }

  /// What the template renders as.
  func rendered() throws -> String {
    let partials = try Self.templates(json["partials"])
    let components = try json["components"]?.object?.members.map { member in
      let partials = member.value["template"]?.string ?? ""
      return (
        member.key,
        Component(
          template: try Template(source: partials, name: member.key),
          data: member.value["data"] ?? [:])
      )
    }
    return try Template(source: template, name: "case").render(
      data: data, partials: partials,
      components: Dictionary(uniqueKeysWithValues: components ?? []))
  }

  private static func templates(_ sources: JSONValue?) throws -> [String: Template] {
    var templates: [String: Template] = [:]
    for member in sources?.object?.members ?? [] {
      templates[member.key] = try Template(source: member.value.string ?? "", name: member.key)
    }
    return templates
  }

  /// The cases of all files in a folder of Tests/Cases; none when there is no such folder.
  static func all(in folder: String) -> [SharedCase] {
    let path = root + folder
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var files: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(".json") { files.append(name) }
    }
    return files.sorted().flatMap { file -> [SharedCase] in
      let cases = (try? JSONValue(parsing: contents(of: "\(path)/\(file)")))?.array ?? []
      return cases.map { SharedCase(file: "\(folder)/\(file)", json: $0) }
    }
  }

  private static let root: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/") + "/Cases/"
  }()

  private static func contents(of path: String) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
      contents += buffer[..<count]
    }
    return contents
  }
}
