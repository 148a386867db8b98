import NIOCore
import Testing

@testable import AppHost

@Suite("A server-sent event")
struct ServerSentEventTests {
  @Test("is one line of data, behind its id if it has one")
  func format() {
    let frame = ByteBuffer(string: #"{"a":1}"#)
    #expect(String(buffer: ServerSentEvent.of(frame, id: nil)) == "data: {\"a\":1}\n\n")
    #expect(
      String(buffer: ServerSentEvent.of(frame, id: "E:1,F:2"))
        == "id: E:1,F:2\ndata: {\"a\":1}\n\n")
    #expect(String(buffer: ServerSentEvent.retry(2_000)) == "retry: 2000\n\n")
  }
}
