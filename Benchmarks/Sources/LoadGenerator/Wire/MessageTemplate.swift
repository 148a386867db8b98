// The JSON of an event, made once; only the token differs from message to message.

import NIOCore

/// An event's arguments with an optional place for a token.
public struct MessageTemplate: Sendable {
  /// What stands for the token in an argument given by a person.
  public static let placeholder = "TOKEN"

  private let before: ByteBuffer
  private let after: ByteBuffer
  /// Whether every message can be told from every other.
  let hasToken: Bool

  /// An event with one string argument of about `payload` bytes that carries the token.
  public init(event: String, payload: Int) {
    let filler = String(repeating: "x", count: max(0, payload - 12))
    self.init(event: event, argument: "\"\(Self.placeholder)\(filler)\"")
  }

  /// An event with JSON arguments as given, `TOKEN` in them replaced by the token.
  public init(event: String, argument: String) {
    let json = "[\"\(event)\"" + (argument.isEmpty ? "]" : ",\(argument)]")
    let parts = json.split(separator: Self.placeholder, maxSplits: 1)
    self.hasToken = parts.count == 2
    self.before = ByteBuffer(substring: parts[0])
    self.after = parts.count == 2 ? ByteBuffer(substring: parts[1]) : ByteBuffer()
  }

  func write(_ token: Token, into buffer: inout ByteBuffer) {
    buffer.writeImmutableBuffer(before)
    guard hasToken else { return }
    token.write(into: &buffer)
    buffer.writeImmutableBuffer(after)
  }
}
