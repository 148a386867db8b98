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
  /// What was asked for while there was no link.
  private var postponed: [EngineRequests.Request] = []
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
      postponed += batch.requests
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
    refuse(postponed)
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
    while let first = postponed.first {
      switch first {
      case .subscribe: try subscribe(postponed.prefix { $0.isSubscribing }.count)
      case .unsubscribe: try unsubscribe(postponed.prefix { $0.isUnsubscribing }.count)
      case .recover: try recover(postponed.prefix { $0.isRecovering }.count)
      }
    }
  }

  private func subscribe(_ count: Int) throws(PubSubError) {
    let asked = postponed.prefix(Swift.min(count, Self.manyAtOnce)).compactMap(\.subscribing)
    let fresh = subscriptions.missing(asked.map(\.pattern))
    if !fresh.isEmpty { try driver.subscribe(fresh) }
    // If the link breaks here, they are made anew on the next one, with their places.
    try begin(fresh)
    subscriptions.add(fresh)
    postponed.removeFirst(asked.count)
    for subscribing in asked {
      subscribing.done(.success(subscriptions.position(in: subscribing.pattern)))
    }
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

  private func unsubscribe(_ count: Int) throws(PubSubError) {
    let asked = postponed.prefix(count).compactMap(\.unsubscribing)
    let known = subscriptions.remove(asked)
    postponed.removeFirst(asked.count)
    if !known.isEmpty { try driver.unsubscribe(known) }
  }

  private func recover(_ count: Int) throws(PubSubError) {
    let asked = postponed.prefix(Swift.min(count, Self.manyAtOnce)).compactMap(\.recovering)
    let results = try driver.recover(asked.map(\.request))
    postponed.removeFirst(asked.count)
    for (recovering, result) in zip(asked, results) { recovering.done(result) }
  }

  /// Answers what has waited too long for the link. Subscriptions wait for as long as it takes.
  private func expire(now: NIODeadline) {
    requests.expire(now: now)
    guard !isLinked else { return }
    let error = PubSubError(.overdue, "the \(Driver.scheme) engine is away")
    postponed.removeAll { request in
      guard let recovering = request.recovering, recovering.deadline <= now else { return false }
      recovering.done(.failure(error))
      return true
    }
  }

  private func refuse(_ left: [EngineRequests.Request]) {
    let error = PubSubError(.shutDown, "the link to the \(Driver.scheme) engine was shut down")
    for request in left {
      request.subscribing?.done(.failure(error))
      request.recovering?.done(.failure(error))
    }
  }
}

extension EngineRequests.Request {
  fileprivate var subscribing: EngineRequests.Subscribing? {
    if case .subscribe(let subscribing) = self { subscribing } else { nil }
  }

  fileprivate var unsubscribing: ChannelPattern? {
    if case .unsubscribe(let pattern) = self { pattern } else { nil }
  }

  fileprivate var recovering: EngineRequests.Recovering? {
    if case .recover(let recovering) = self { recovering } else { nil }
  }

  fileprivate var isSubscribing: Bool { subscribing != nil }
  fileprivate var isUnsubscribing: Bool { unsubscribing != nil }
  fileprivate var isRecovering: Bool { recovering != nil }
}

extension Array {
  fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
  }
}
