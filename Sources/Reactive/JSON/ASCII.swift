/// Classes of ASCII bytes that the grammars of JSON, HTML and expressions share.
extension UInt8 {
  /// Space, tab, line feed, form feed or carriage return.
  var isSpace: Bool { self == 0x20 || self >= 0x09 && self <= 0x0D && self != 0x0B }
  var isDigit: Bool { self >= 0x30 && self <= 0x39 }
  var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
  /// What an identifier may contain. Any character outside ASCII may stand in one.
  var isNamePart: Bool { isLetter || isDigit || self == 0x5F || self == 0x24 || self >= 0x80 }
  var isNameStart: Bool { isNamePart && !isDigit }
  /// The small letter for a capital one.
  var lowercase: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

  var hexDigitValue: Int? {
    switch self {
    case 0x30...0x39: Int(self) - 0x30
    case 0x41...0x46: Int(self) - 0x37
    case 0x61...0x66: Int(self) - 0x57
    default: nil
    }
  }
}
