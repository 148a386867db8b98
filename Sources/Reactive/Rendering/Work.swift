/// How much one rendering may still do. Shared by the renderer and the evaluation of expressions,
/// within one call of `Template.render`.
final class Work {
  /// How many steps one rendering may take.
  static let limit = 5_000_000
  /// How many bytes are handled for one step.
  private static let bytesPerStep = 8

  private var left = limit

  var isUsedUp: Bool { left < 0 }

  /// Charges `steps`; false when there are not so many left.
  @discardableResult
  func spend(_ steps: Int) -> Bool {
    left = max(-1, left - steps)
    return left >= 0
  }

  /// Charges for handling so many bytes; false when that was too much.
  func spend(bytes: Int) -> Bool { spend(bytes / Self.bytesPerStep + 1) }
}
