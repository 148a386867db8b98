// Which stream this is. A stream says so itself: whoever makes a link appends a proposal to it, and the
// first proposal at its very beginning holds. All else that is written there repeats the epoch, so that it
// is known when the beginning is gone. A stream that was deleted and made anew begins with another
// proposal. Pure.

/// Reads a stream from its first message until its epoch is certain.
struct EpochSearch {
  private let ownProposal: UInt64
  private var isWhole: Bool?
  private var proposed: String?

  /// - Parameter ownProposal: the number of a proposal that was appended before the reading.
  init(ownProposal: UInt64) { self.ownProposal = ownProposal }

  /// Takes the next message; nil for bytes of another program.
  /// - Returns: the epoch, once it is certain.
  mutating func take(_ record: Record?, message: UInt64) -> String? {
    let isWhole = isWhole ?? (message == 0)
    self.isWhole = isWhole
    guard let record else { return nil }
    guard record.kind == .proposal else { return isWhole ? nil : record.epoch }
    proposed = proposed ?? record.epoch
    return isWhole || record.number == ownProposal ? proposed : nil
  }
}
