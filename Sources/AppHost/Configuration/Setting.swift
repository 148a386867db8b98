// One row of a table of settings: its key in the TOML file, its meaning, and how a value gets into
// the structure it configures. The tables are the single source for reading files, environment and
// flags, and for the documentation.

/// A value as a TOML document, an environment variable or a flag gives it.
public enum SettingValue: Sendable, Equatable {
  /// From the environment or a flag: its type is whatever the setting wants.
  case text(String)
  case boolean(Bool)
  case integer(Int)
  case string(String)
  case list([String])
}

/// One setting of `Root`.
public struct Setting<Root>: Sendable {
  /// The dotted key in the TOML file, for example `server.port`.
  public let key: String
  /// One sentence for the documentation and the help.
  public let summary: String
  /// What a value looks like, for example `an integer from 1 to 65535`.
  public let shape: String
  /// The value in force unless it is set, as it would stand in the file.
  public let show: @Sendable (Root) -> String
  /// Stores the value; false when it does not have the setting's shape.
  let store: @Sendable (inout Root, SettingValue) -> Bool

  /// The environment variable that overrides the file, for example `PERIGEE_SERVER_PORT`.
  public var environmentName: String {
    "PERIGEE_" + key.uppercased().replacing(".", with: "_")
  }

  /// Stores `value` in `root`.
  /// - Parameter source: where the value comes from, for the error's text.
  public func apply(_ value: SettingValue, to root: inout Root, from source: String)
    throws(HostError)
  {
    guard store(&root, value) else {
      throw HostError(.configuration, "\(source): \(key) must be \(shape)")
    }
  }
}

extension Setting {
  static func integer(
    _ key: String, _ path: WritableKeyPath<Root, Int> & Sendable, _ range: ClosedRange<Int>,
    _ summary: String
  ) -> Setting {
    integer(
      key, range, summary, get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  static func integer(
    _ key: String, _ range: ClosedRange<Int>, _ summary: String,
    get: @escaping @Sendable (Root) -> Int, set: @escaping @Sendable (inout Root, Int) -> Void
  ) -> Setting {
    let upper = range.upperBound == .max ? "" : " to \(range.upperBound)"
    return Setting(
      key: key, summary: summary, shape: "an integer from \(range.lowerBound)\(upper)",
      show: { String(get($0)) },
      store: { root, value in
        guard let number = value.integer, range.contains(number) else { return false }
        set(&root, number)
        return true
      })
  }

  static func boolean(
    _ key: String, _ path: WritableKeyPath<Root, Bool> & Sendable, _ summary: String
  ) -> Setting {
    boolean(key, summary, get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  static func boolean(
    _ key: String, _ summary: String, get: @escaping @Sendable (Root) -> Bool,
    set: @escaping @Sendable (inout Root, Bool) -> Void
  ) -> Setting {
    Setting(
      key: key, summary: summary, shape: "true or false", show: { String(get($0)) },
      store: { root, value in
        guard let flag = value.boolean else { return false }
        set(&root, flag)
        return true
      })
  }

  static func string(
    _ key: String, _ path: WritableKeyPath<Root, String> & Sendable, shape: String = "a string",
    _ summary: String, where isValid: @escaping @Sendable (String) -> Bool = { _ in true }
  ) -> Setting {
    Setting(
      key: key, summary: summary, shape: shape, show: { "\"\($0[keyPath: path])\"" },
      store: { root, value in
        guard let text = value.string, isValid(text) else { return false }
        root[keyPath: path] = text
        return true
      })
  }

  /// A folder, kept without the slashes at its end.
  static func folder(
    _ key: String, _ path: WritableKeyPath<Root, String> & Sendable, _ summary: String
  ) -> Setting {
    Setting(
      key: key, summary: summary, shape: "a path", show: { "\"\($0[keyPath: path])\"" },
      store: { root, value in
        guard var text = value.string, !text.isEmpty else { return false }
        while text.count > 1 && text.hasSuffix("/") { text.removeLast() }
        root[keyPath: path] = text
        return true
      })
  }

  static func list(
    _ key: String, _ path: WritableKeyPath<Root, [String]> & Sendable,
    shape: String = "a list of strings", _ summary: String,
    where isValid: @escaping @Sendable (String) -> Bool = { _ in true }
  ) -> Setting {
    Setting(
      key: key, summary: summary, shape: shape,
      show: { "[" + $0[keyPath: path].map { "\"\($0)\"" }.joined(separator: ", ") + "]" },
      store: { root, value in
        guard let list = value.list, list.allSatisfy(isValid) else { return false }
        root[keyPath: path] = list
        return true
      })
  }
}

extension SettingValue {
  fileprivate var integer: Int? {
    switch self {
    case .integer(let number): number
    case .text(let text): Int(text)
    default: nil
    }
  }

  fileprivate var boolean: Bool? {
    switch self {
    case .boolean(let flag): flag
    case .text("true"), .text("1"), .text("yes"), .text("on"): true
    case .text("false"), .text("0"), .text("no"), .text("off"): false
    default: nil
    }
  }

  fileprivate var string: String? {
    switch self {
    case .string(let text), .text(let text): text
    default: nil
    }
  }

  fileprivate var list: [String]? {
    switch self {
    case .list(let list): list
    case .text(let text): text.split(separator: ",").map { String($0.trimmingSpaces) }
    default: nil
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
