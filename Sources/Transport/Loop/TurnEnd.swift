/// What gathers bytes during a turn of the event loop and writes them once at its end.
protocol TurnEnd: AnyObject {
  /// The end of a turn in which ``ServerLoop/flushLater(_:)`` was asked for.
  func flush()
}
