import NIOCore
import RealtimeProtocol
import Transport

/// Answers a number with as many messages, which it keeps back while the client cannot take them.
struct KeepingEndpoint: EngineEndpoint {
  /// What is behind each message's number.
  var padding = ""

  func admit(_ handshake: Handshake) -> Admission { .admitted }

  func open(_ connection: EngineConnection) -> any EngineReceiver {
    KeepingReceiver(connection, padding: padding)
  }
}

private final class KeepingReceiver: EngineReceiver {
  private unowned let connection: EngineConnection
  private let padding: String
  private var kept: ArraySlice<String> = []

  init(_ connection: EngineConnection, padding: String) {
    self.connection = connection
    self.padding = padding
  }

  var keptBytes: Int { kept.count * (padding.utf8.count + 10) }

  func sendKept() -> Bool {
    guard let message = kept.popFirst() else { return false }
    send(message)
    return true
  }

  func received(_ message: EngineMessage) {
    guard case .text(let text) = message, let count = Int(String(buffer: text)) else { return }
    send("ordinary")
    for number in 0..<count { bring("\(number)\(padding)") }
  }

  private func bring(_ message: String) {
    if kept.isEmpty && connection.takesNewest {
      send(message)
    } else if connection.hasRoom(for: message.utf8.count) {
      kept.append(message)
    } else {
      connection.cutOff()
    }
  }

  private func send(_ message: String) {
    connection.sendText(length: message.utf8.count) { $0.writeString(message) }
  }

  func receivedAll() {}

  func closed(_ reason: CloseReason) {}
}
