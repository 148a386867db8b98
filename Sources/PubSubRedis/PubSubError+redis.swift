import PubSub

extension PubSubError {
  /// What the server answered instead of doing it.
  static func redis(_ answer: String) -> PubSubError {
    switch firstWord(of: answer) {
    case "WRONGPASS", "NOAUTH", "NOPERM":
      PubSubError(.unauthorized, "the Redis server turned the credentials away: \(answer)")
    case "LOADING", "READONLY", "MASTERDOWN", "BUSY", "NOSCRIPT":
      PubSubError(.unreachable, "the Redis server is not ready: \(answer)")
    default:
      PubSubError(.refused, "the Redis server refused: \(answer)")
    }
  }

  /// The server turned the credentials away. Its answer may quote them, so that only its first word is told.
  static func redisCredentials(_ answer: String) -> PubSubError {
    PubSubError(
      .unauthorized, "the Redis server turned the credentials away (\(firstWord(of: answer)))")
  }

  /// An answer that no Redis server should give.
  static let redisNonsense = PubSubError(
    .refused, "the Redis server answered what it should not")

  private static func firstWord(of answer: String) -> Substring {
    answer.prefix { $0 != " " }
  }
}
