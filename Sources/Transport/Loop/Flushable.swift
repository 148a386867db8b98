/// Gathers what is written to it in one turn of an event loop, to send it at once.
protocol Flushable: AnyObject {
  /// The turn that ``ServerLoop/flushLater(_:)`` was called in has ended.
  func flush()
}
