/// A stretch of a page, in the page's order.
enum PagePiece: Sendable {
  /// Goes out as it is.
  case html([UInt8])
  /// The start tag of a binding's element without its `>`; the contents are drawn.
  case binding(Int, tag: [UInt8])
  case widget(Int)
  /// Where styles and scripts go: the end of the head.
  case assets
  /// Where the page's data goes: the end of the body.
  case data
  /// Where something stood that could not be read.
  case problem(ReactiveError)
}
