import RealtimeProtocol
import Testing

@Suite struct CloseReasonTests {
  @Test(
    "every reason closes a WebSocket with a code that may travel", arguments: CloseReason.allCases)
  func codes(reason: CloseReason) {
    #expect(reason.webSocketCode.maySend)
  }

  @Test("a client comes back after a failure, not after it was told to leave")
  func reconnecting() {
    #expect(CloseReason.transportError.shouldReconnect)
    #expect(CloseReason.serverShuttingDown.shouldReconnect)
    #expect(!CloseReason.forcedServerClose.shouldReconnect)
    #expect(!CloseReason.parseError.shouldReconnect)
  }
}
