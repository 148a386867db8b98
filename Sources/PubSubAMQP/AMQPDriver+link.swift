// Making the link: one server after the other, which stream this is, and from where it is followed.

import NIOCore
import PubSub

extension AMQPDriver {
  func connect() throws(PubSubError) {
    let server = options.servers[attempts % options.servers.count]
    attempts += 1
    let link = try AMQPLink(to: server, options, node: node)
    self.link = link
    beginReceiving()
    let epoch = try findEpoch(link)
    if epoch != view.epoch {
      view.begin(epoch: epoch)
      unanswered.forgetLost()
      received = []
    }
    try link.follow(from: view.nextMessage)
    _ = try findTop()
    isCatchingUp = false
  }

  func disconnect() {
    link?.close()
    link = nil
    unanswered.linkLost()
  }

  /// Appends a proposal to the stream and reads which was the first.
  private func findEpoch(_ link: AMQPLink) throws(PubSubError) -> String {
    let number = UInt64.random(in: 1...UInt64.max)
    try link.publishKept(
      Record.mark(
        .proposal, number: number, epoch: Position.makeEpoch(), time: Self.milliseconds))
    var search = EpochSearch(ownProposal: number)
    var epoch: String?
    try readStream(from: .text("first"), link) { delivery, message in
      epoch = search.take(Record(delivery.body), message: message)
      return epoch != nil
    }
    guard let epoch else { throw silence(link) }
    return epoch
  }

  /// Waits until all is seen that was in the stream when this was called.
  /// - Returns: where the stream stood then, or a little later.
  func findTop() throws(PubSubError) -> Position {
    let link = try connected()
    let number = UInt64.random(in: 1...UInt64.max)
    try link.publishKept(
      Record.mark(.mark, number: number, epoch: view.epoch, time: Self.milliseconds))
    let deadline = NIODeadline.now() + EngineDriverLimits.answer
    while view.lastMark != number {
      try wait(link, until: deadline)
    }
    return view.top
  }

  private func wait(_ link: AMQPLink, until deadline: NIODeadline) throws(PubSubError) {
    if let event = try link.consuming.next(within: .milliseconds(100)) {
      try take(event)
    } else {
      try hearPublishing(link)
      guard NIODeadline.now() < deadline else { throw silence(link) }
    }
  }

  /// Reads the stream from `place` until `body` has enough, or it takes too long.
  /// - Returns: whether `body` had enough.
  @discardableResult
  func readStream(
    from place: AMQPArguments.Value, _ link: AMQPLink,
    _ body: (AMQPDelivery, UInt64) throws(PubSubError) -> Bool
  ) throws(PubSubError) -> Bool {
    try link.openHistory(from: place)
    let deadline = NIODeadline.now() + EngineDriverLimits.answer
    var (isEnough, count) = (false, 0)
    while !isEnough && NIODeadline.now() < deadline {
      guard let event = try link.consuming.next(within: .milliseconds(100)) else { continue }
      guard case .delivery(let delivery) = event, delivery.channel == AMQPChannel.history,
        let message = delivery.streamOffset
      else {
        try take(event)
        continue
      }
      isEnough = try body(delivery, message)
      count += 1
      if count % Int(AMQPLink.prefetch / 4) == 0 {
        try link.consuming.acknowledge(delivery.tag, on: AMQPChannel.history)
      }
    }
    try link.closeHistory()
    try takeQueued(link)
    return isEnough
  }

  /// Takes what has come while an answer was waited for; what belongs to a reading that has ended is
  /// dropped.
  private func takeQueued(_ link: AMQPLink) throws(PubSubError) {
    while link.consuming.hasQueued, let event = try link.consuming.next() { try take(event) }
    link.consuming.forgetPartial(on: AMQPChannel.history)
  }
}
