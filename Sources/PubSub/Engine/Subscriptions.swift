// What an engine's link is subscribed to, and where it stands in each channel that it brings. Pure; owned
// by the engine's thread.

/// The subscriptions of one link.
struct Subscriptions {
  private var exact: Set<String> = []
  private var wild: [ChannelPattern] = []
  private var cursors: [String: ChannelCursor] = [:]
  private let mostCursors: Int

  /// - Parameter mostCursors: channels that are followed; beyond so many, those that only patterns bring
  ///   are forgotten.
  init(mostCursors: Int) { self.mostCursors = mostCursors }

  /// All that is subscribed to.
  var patterns: [ChannelPattern] { exact.map(ChannelPattern.exactly) + wild }

  /// The channels with a known position.
  var followed: [(channel: String, position: Position)] {
    cursors.compactMap { channel, cursor in cursor.position.map { (channel, $0) } }
  }

  /// Those of `patterns` that are not subscribed to, each once.
  func missing(_ patterns: [ChannelPattern]) -> [ChannelPattern] {
    var seen: Set<ChannelPattern> = []
    return patterns.filter { !contains($0) && seen.insert($0).inserted }
  }

  mutating func add(_ patterns: [ChannelPattern]) {
    for pattern in patterns {
      if pattern.isWild { wild.append(pattern) } else { exact.insert(pattern.text) }
    }
  }

  /// - Returns: those of `patterns` that were subscribed to.
  mutating func remove(_ patterns: [ChannelPattern]) -> [ChannelPattern] {
    var known: [ChannelPattern] = []
    for pattern in patterns where contains(pattern) {
      known.append(pattern)
      if pattern.isWild { wild.removeAll { $0 == pattern } } else { exact.remove(pattern.text) }
    }
    for pattern in known { forgetCursors(of: pattern) }
    return known
  }

  private mutating func forgetCursors(of pattern: ChannelPattern) {
    if !pattern.isWild {
      if !isWanted(pattern.text) { cursors[pattern.text] = nil }
    } else {
      let unwanted = cursors.keys.filter { !isWanted($0) }
      for channel in unwanted { cursors[channel] = nil }
    }
  }

  /// Whether it is subscribed to.
  func contains(_ pattern: ChannelPattern) -> Bool {
    pattern.isWild ? wild.contains(pattern) : exact.contains(pattern.text)
  }

  private func isWanted(_ channel: String) -> Bool {
    exact.contains(channel) || wild.contains { $0.matches(channel) }
  }

  // MARK: What comes

  /// The channel stands at `top`, before anything of it was received.
  mutating func begin(_ channel: String, at top: Position) {
    cursors[channel, default: ChannelCursor()].begin(at: top)
  }

  /// What of the channel was received last, or where it stood before; nil for a pattern.
  func position(in pattern: ChannelPattern) -> Position? {
    pattern.isWild ? nil : cursors[pattern.text]?.position
  }

  /// What of it is subscribed to and new.
  mutating func admit(_ publications: [EnginePublication]) -> [EngineEvent] {
    var events: [EngineEvent] = []
    for publication in publications where isWanted(publication.channel) {
      if cursors.count >= mostCursors, cursors[publication.channel] == nil { forgetWildCursors() }
      if cursors[publication.channel, default: ChannelCursor()].admit(publication) {
        events.append(.publication(publication))
      }
    }
    return events
  }

  private mutating func forgetWildCursors() {
    cursors = cursors.filter { exact.contains($0.key) }
  }

  /// What of the channel was missed while the link was lost.
  mutating func catchUp(
    _ channel: String, _ result: Result<Recovery<EnginePublication>, PubSubError>
  ) -> [EngineEvent] {
    guard case .success(let recovery) = result,
      let missed = cursors[channel]?.catchUp(recovery)
    else { return [.gap(channel: channel)] }
    return missed.map(EngineEvent.publication)
  }
}
