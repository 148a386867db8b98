// Making the link: which log this is, and from where it is followed.

import NIOCore
import PubSub

extension MongoDriver {
  func connect() throws(PubSubError) {
    let client = try MongoClient(settings)
    let keeper = LogKeeper(
      client: client, seen: view.epoch.isEmpty ? nil : (view.epoch, view.last))
    let epoch = try keeper.findEpoch()
    let link = try MongoLink(client, epoch: epoch, wake: wake)
    self.link = link
    let newest = try link.end(isNewest: true) ?? LogView.Seen(place: 0, mark: 0)
    if epoch != view.epoch {
      view.begin(epoch: epoch, after: newest)
      own.forget()
      received = []
    }
    view.beginLink()
    lastWritten = 0
    isCatchingUp = true
    try link.follow(after: view.last.place, time: Self.milliseconds)
    try waitUntilSeen(newest.place, link, until: .now() + EngineDriverLimits.answer)
    if !own.isEmpty { try settle(link) }
    isCatchingUp = false
  }

  func disconnect() {
    link?.close()
    link = nil
    answers = []
  }

  /// Waits until all is seen that was in the log when this was called.
  ///
  /// - Returns: where the log stood then, or a little later.
  func findTop() throws(PubSubError) -> Position {
    let link = try connected()
    let newest = try link.end(isNewest: true)
    try waitUntilSeen(
      newest?.place ?? 0, link, until: .now() + EngineDriverLimits.answer)
    return view.top
  }

  /// Waits until what was found in the log is as safe as what the server has confirmed.
  func settle(_ link: MongoLink) throws(PubSubError) {
    try LogKeeper(client: link.client, seen: nil).settle(epoch: view.epoch)
  }

  /// Takes what comes until the log was seen up to a place.
  func waitUntilSeen(
    _ place: UInt64, _ link: MongoLink, until deadline: NIODeadline
  ) throws(PubSubError) {
    while view.last.place < place {
      try take(link.arrivals.take(until: deadline), link)
      guard view.last.place >= place || NIODeadline.now() < deadline else {
        throw PubSubError(.unreachable, "the log does not come up to what is in it")
      }
    }
  }
}
