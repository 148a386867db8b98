// Places in a stream and offsets of publications, for engines whose nodes follow one stream of all
// channels. One message of the stream holds many publications, so that an offset is made of both. Pure.

/// How offsets count.
public enum StreamPlace {
  private static let bits: UInt64 = 12
  /// The most publications in one message.
  public static let mostPublications = (1 << 12) - 1

  /// The offset of a publication, by the message that it is in and its place there, from 0.
  public static func offset(message: UInt64, index: Int) -> UInt64 {
    before(message) + UInt64(index) + 1
  }

  /// An offset below all of a message, and not below those of any earlier one.
  public static func before(_ message: UInt64) -> UInt64 { message << bits }

  /// The first message with something after an offset.
  public static func message(after offset: UInt64) -> UInt64 { offset >> bits }

  /// The last message with something up to an offset, which is not 0.
  public static func message(upTo offset: UInt64) -> UInt64 { (offset - 1) >> bits }
}
