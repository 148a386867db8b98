// Joins source files into the one classic script that a page loads.
// The files share one function scope, in the order given. Lines that hold only a comment, and
// indentation, are left out: they are a quarter of what would be sent. The sources keep to a habit
// for that: no line of code, and none within a string, begins with `//`, `/*` or `*`.

/// The bytes of a script and a version that names them.
public struct ScriptContent: Sendable {
  /// The script as served: UTF-8.
  public let bytes: [UInt8]
  /// Changes when the bytes change; fit for an `ETag` once it is quoted.
  public let version: String

  /// A script that is complete.
  init(bytes: [UInt8]) {
    self.bytes = bytes
    version = String(Self.fingerprint(of: bytes), radix: 16)
  }

  /// A script put together from its sources.
  init(files: [[UInt8]]) {
    var bytes = Array("(() => {\n\"use strict\";\n".utf8)
    for file in files {
      for line in file.split(separator: UInt8(ascii: "\n")) {
        let code = line.drop { $0 == UInt8(ascii: " ") }
        if code.isEmpty || Self.isComment(code) { continue }
        bytes += code
        bytes.append(UInt8(ascii: "\n"))
      }
    }
    bytes += Array("})();\n".utf8)
    self.init(bytes: bytes)
  }

  private static func isComment(_ line: ArraySlice<UInt8>) -> Bool {
    line.first == UInt8(ascii: "*") || line.starts(with: "//".utf8) || line.starts(with: "/*".utf8)
  }

  /// FNV-1a, 64 bits: the same in every process, unlike `Hasher`.
  private static func fingerprint(of bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
