/// A stretch of a page, in the page's order.
enum PagePiece: Sendable {
  /// Goes out as it is.
  case html([UInt8])
  /// A binding's element: its start tag before and behind the attribute `bind`, without its `>`.
  /// The contents are drawn.
  case binding(Int, before: [UInt8], behind: [UInt8])
  case widget(Int)
  /// Where styles and scripts go: the end of the head.
  case assets
  /// Where the page's data goes: the end of the body.
  case data
  /// Where something stood that could not be read.
  case problem(ReactiveError)
}
