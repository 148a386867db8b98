/// What an app or one of its scripts may be called.
///
/// The name becomes a namespace and the first component of a URL, so it keeps to characters that
/// mean nothing to either.
public enum AppName {
  /// The rule as a sentence for error messages.
  public static let rule =
    "a name is 1 to 64 letters, digits, - and _, begins with a letter or a digit, "
    + "and is not perigee"

  /// Whether `name` keeps the rule.
  public static func isValid(_ name: String) -> Bool {
    guard (1...64).contains(name.utf8.count), name.lowercased() != "perigee",
      let first = name.utf8.first, isAlphanumeric(first)
    else { return false }
    return name.utf8.allSatisfy {
      isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
