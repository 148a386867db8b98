import NIOCore
import PubSub

extension RedisDriver {
  /// Histories that are asked for before the answers are read: each answer may be a page.
  private static let pagesAtOnce = 64

  func recover(
    _ requests: [EngineRecoveryRequest]
  ) throws(PubSubError) -> [Result<Recovery<EnginePublication>, PubSubError>] {
    histories = requests.map(RedisHistory.init)
    historyRoom = HistoryReading.mostBytes
    defer { histories = [] }
    var unread = Array(histories.indices)
    while !unread.isEmpty {
      for start in stride(from: 0, to: unread.count, by: Self.pagesAtOnce) {
        try readPages(unread[start..<Swift.min(start + Self.pagesAtOnce, unread.count)])
      }
      unread.removeAll { histories[$0].result != nil }
    }
    return histories.map { $0.result ?? .failure(.redisNonsense) }
  }

  private func readPages(_ indices: ArraySlice<Int>) throws(PubSubError) {
    let link = try linked()
    guard let script = link.scripts[.recover] else { throw .redisNonsense }
    for index in indices {
      link.commands.send(answers: 1) { buffer in
        histories[index].write(to: &buffer, script: script, link: link, names: names)
      }
      awaited.append(.page(of: index))
    }
    while link.commands.awaitedCount > 0 {
      try link.commands.wait()
      try takeAnswers()
    }
  }
}
