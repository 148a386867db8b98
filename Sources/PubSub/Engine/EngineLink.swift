// The thread of a LinkedEngine: it makes the link, and makes it again when it was lost; in between it sends
// what waits and hands over what comes. Everything here is touched by that thread only.

import NIOCore

/// The loop that drives a driver.
final class EngineLink<Driver: EngineDriver> {
  private let driver: Driver
  private let thread: EngineThread
  private let requests: EngineRequests
  private let receiver: any EngineSubscriber

  private var subscriptions: Subscriptions
  /// What was asked for and not carried out, for want of a link.
  private var postponed = PostponedRequests()
  private var sentCount = 0
  private var backoff = Backoff()
  private var isLinked = false
  private var retryTime = NIODeadline.now()

  /// Publications that may be with the engine unanswered.
  private static var window: Int { 4_096 }
  /// How often what has waited too long is looked for.
  private static var checkInterval: TimeAmount { .milliseconds(250) }

  init(
    driver: Driver, thread: EngineThread, requests: EngineRequests, receiver: any EngineSubscriber,
    limits: EngineLimits
  ) {
    self.driver = driver
    self.thread = thread
    self.requests = requests
    self.receiver = receiver
    subscriptions = Subscriptions(mostCursors: limits.followedChannels)
  }

  func run() {
    while true {
      let batch = requests.take()
      handOver(subscriptions.admit(batch.local))
      for request in batch.requests {
        refuse(
          postponed.add(request, isSubscribed: subscriptions.contains), Self.withdrawn)
      }
      if batch.isEnding {
        // What waits is given to the engine, whose answers are not waited for.
        if isLinked { attempt { () throws(PubSubError) in try work() } }
        break
      }
      if isLinked { attempt { () throws(PubSubError) in try work() } } else { reach() }
      expire(now: .now())
      sleep()
    }
    driver.disconnect()
    requests.setHealth(.shutDown)
    receiver.received([.health(.shutDown)])
    refuseAll()
    requests.end()
  }

  private func sleep() {
    guard isLinked else {
      _ = thread.wait(until: Swift.min(retryTime, .now() + Self.checkInterval))
      return
    }
    if requests.hasPublications && sentCount < Self.window { return }
    _ = thread.wait(for: driver.interests, until: .now() + Self.checkInterval)
  }

  // MARK: The link

  private func reach() {
    guard NIODeadline.now() >= retryTime else { return }
    attempt { () throws(PubSubError) in
      driver.disconnect()
      try driver.connect()
      try driver.subscribe(subscriptions.patterns)
      isLinked = true
      try catchUp()
      backoff.reset()
      change(to: .up)
      try work()
    }
  }

  private func attempt(_ body: () throws(PubSubError) -> Void) {
    do throws(PubSubError) {
      try body()
    } catch {
      lost(error)
    }
  }

  private func lost(_ error: PubSubError) {
    driver.disconnect()
    isLinked = false
    sentCount = 0
    requests.linkLost()
    retryTime = .now() + .milliseconds(backoff.next(chance: .random(in: 0..<1)))
    change(to: .down(error.description))
  }

  private func change(to health: EngineHealth) {
    guard requests.health != health else { return }
    requests.setHealth(health)
    receiver.received([.health(health)])
  }

  /// Gets what was published while the link was lost.
  private func catchUp() throws(PubSubError) {
    for channels in subscriptions.followed.chunks(of: Self.manyAtOnce) {
      let results = try driver.recover(
        channels.map { EngineRecoveryRequest(channel: $0.channel, since: $0.position, limits: nil) }
      )
      for (channel, result) in zip(channels, results) {
        handOver(subscriptions.catchUp(channel.channel, result))
      }
    }
  }

  /// Commands that are sent before their answers are read.
  private static var manyAtOnce: Int { 512 }

  // MARK: Work

  private func work() throws(PubSubError) {
    try performRequests()
    let entries = requests.takePublications(Self.window - sentCount)
    sentCount += entries.count
    if !entries.isEmpty { try driver.publish(entries) }
    try receive()
  }

  private func receive() throws(PubSubError) {
    var publications: [EnginePublication] = []
    for event in try driver.receive() {
      switch event {
      case .publication(let publication): publications.append(publication)
      case .confirmed(let result):
        sentCount -= 1
        requests.confirm(result)
      }
    }
    handOver(subscriptions.admit(publications))
  }

  private func handOver(_ events: [EngineEvent]) {
    if !events.isEmpty { receiver.received(events) }
  }

  /// Carries out what was asked, alike things together. What fails with the link stays.
  private func performRequests() throws(PubSubError) {
    let unwanted = postponed.unsubscriptions
    if !unwanted.isEmpty {
      let known = subscriptions.remove(unwanted)
      postponed.unsubscribed()
      if !known.isEmpty { try driver.unsubscribe(known) }
    }
    while case let wanted = postponed.subscriptions(Self.manyAtOnce), !wanted.isEmpty {
      try subscribe(wanted)
    }
    while case let asked = postponed.recoveries(Self.manyAtOnce), !asked.isEmpty {
      try recover(asked)
    }
  }

  private func subscribe(_ patterns: [ChannelPattern]) throws(PubSubError) {
    let fresh = subscriptions.missing(patterns)
    if !fresh.isEmpty { try driver.subscribe(fresh) }
    // If the link breaks here, they are made anew on the next one, with their places.
    try begin(fresh)
    subscriptions.add(fresh)
    for subscribing in postponed.subscribed(to: patterns) {
      subscribing.done(.success(subscriptions.position(in: subscribing.pattern)))
    }
  }

  private func recover(_ asked: [EngineRequests.Recovering]) throws(PubSubError) {
    let results = try driver.recover(asked.map(\.request))
    postponed.recovered(asked.count)
    for (recovering, result) in zip(asked, results) { recovering.done(result) }
  }

  /// Notes where channels stand, for the day when the link is lost.
  private func begin(_ patterns: [ChannelPattern]) throws(PubSubError) {
    let channels = patterns.filter { !$0.isWild }.map(\.text)
    guard !channels.isEmpty else { return }
    let results = try driver.recover(
      channels.map { EngineRecoveryRequest(channel: $0, since: nil, limits: nil) })
    for case (let channel, .success(let recovery)) in zip(channels, results) {
      subscriptions.begin(channel, at: recovery.top)
    }
  }

  /// Answers what has waited too long for the link. Subscriptions wait for as long as it takes.
  private func expire(now: NIODeadline) {
    requests.expire(now: now)
    guard !isLinked else { return }
    let error = PubSubError(.overdue, "the \(Driver.scheme) engine is away")
    for recovering in postponed.expire(now: now) { recovering.done(.failure(error)) }
  }

  private func refuseAll() {
    let error = PubSubError(.shutDown, "the link to the \(Driver.scheme) engine was shut down")
    refuse(postponed.subscribed(to: postponed.subscriptions(.max)), error)
    for recovering in postponed.recoveries(.max) { recovering.done(.failure(error)) }
    postponed = PostponedRequests()
  }

  private func refuse(_ left: [EngineRequests.Subscribing], _ error: PubSubError) {
    for subscribing in left { subscribing.done(.failure(error)) }
  }

  private static var withdrawn: PubSubError {
    PubSubError(.overdue, "it was unsubscribed from before the engine had answered")
  }
}

extension Array {
  fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
