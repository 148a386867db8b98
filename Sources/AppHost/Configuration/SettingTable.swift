// Reads a TOML document into a structure by a table of settings. Used for perigee.toml and for an
// app's app.toml; knows neither. An unknown key is an error that names the nearest known one.

import TOMLKit

/// All settings of `Root`, found by key.
public struct SettingTable<Root>: Sendable {
  public let settings: [Setting<Root>]

  init(_ settings: [Setting<Root>]) { self.settings = settings }

  /// The setting named `key`.
  /// - Throws: ``HostError`` with a suggestion when there is none.
  func setting(_ key: String, from source: String) throws(HostError) -> Setting<Root> {
    if let setting = settings.first(where: { $0.key == key }) { return setting }
    let suggestion = nearest(to: key, in: settings.map(\.key))
    let remedy = suggestion.map { "; did you mean \($0)?" } ?? ""
    throw HostError(.configuration, "\(source): unknown setting \(key)\(remedy)")
  }

  /// Applies every value of the TOML document `text`.
  /// - Parameter file: the document's name, for errors.
  func apply(toml text: String, file: String, to root: inout Root) throws(HostError) {
    let document: TOMLTable
    do {
      document = try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw HostError(.configuration, "\(file):\(error.source.begin.line): \(error.description)")
    } catch {
      throw HostError(.configuration, "\(file): cannot be read as TOML", underlying: error)
    }
    try apply(document, prefix: "", file: file, to: &root)
  }

  private func apply(_ table: TOMLTable, prefix: String, file: String, to root: inout Root)
    throws(HostError)
  {
    for name in table.keys {
      let key = prefix + name
      if let inner = table[name]?.table, !settings.contains(where: { $0.key == key }) {
        guard settings.contains(where: { $0.key.hasPrefix(key + ".") }) else {
          _ = try setting(key, from: file)
          continue
        }
        try apply(inner, prefix: key + ".", file: file, to: &root)
        continue
      }
      let setting = try setting(key, from: file)
      guard let value = table[name].flatMap(SettingValue.init(toml:)) else {
        throw HostError(.configuration, "\(file): \(key) must be \(setting.shape)")
      }
      try setting.apply(value, to: &root, from: file)
    }
  }
}

extension SettingValue {
  init?(toml value: any TOMLValueConvertible) {
    switch value.type {
    case .bool: self = .boolean(value.bool ?? false)
    case .int: self = .integer(value.int ?? 0)
    case .string: self = .string(value.string ?? "")
    case .array:
      var list: [String] = []
      for element in value.array ?? [] {
        guard let text = element.string else { return nil }
        list.append(text)
      }
      self = .list(list)
    default: return nil
    }
  }
}
