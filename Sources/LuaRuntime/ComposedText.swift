// Which names scripts may use. The host takes two texts for the same when people do, however their accents are
// composed; scripts compare bytes. So only one of the spellings is a name: what a script takes for another
// room than a guarded one is no room.

import CLua
import Foundation

/// Texts in Unicode's composed form (NFC).
public enum ComposedText {
  /// Whether no accent in it could be composed with the letter before it.
  public static func isComposed(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 < 0x80 }
      || text.precomposedStringWithCanonicalMapping.utf8.elementsEqual(text.utf8)
  }

  /// Called for valid UTF-8 only.
  static let query: pg_text_query = { bytes, length in
    isComposed(String(decoding: UnsafeRawBufferPointer(start: bytes, count: length), as: UTF8.self))
  }
}
