// The other nodes that serve the isolate's app, as they come and go. What is kept about nodes elsewhere in the
// isolate is told from here.

extension AppIsolate {
  /// Another node serves the app. It may have been here before, and have counted as gone while it was cut off.
  func nodeUp(_ node: UInt64) {
    peers.insert(node)
    lua?.nodeUp(node)
    greet(node)
  }

  /// Another node is gone, has been silent for too long, or serves the app no more.
  func nodeDown(_ node: UInt64) {
    peers.remove(node)
    lua?.nodeDown(node)
    forgoAnswers(of: node)
    endPresence(on: node)
  }
}
