import NIOCore
import Testing
import Transport

@testable import AppHost

@Suite("A wire error")
struct WireErrorTests {
  @Test("is a status and an object")
  func response() {
    let error = WireError(status: 403, name: "a", message: "\"b\"", data: "[1]")
    #expect(error.json == #"{"error":"a","message":"\"b\"","data":[1]}"#)
    #expect(error.response.status.code == 403)
    #expect(WireError(status: 1, name: "", message: "").json == #"{"error":"","message":""}"#)
  }

  @Test("says why a script refused the connection")
  func refused() {
    let refusal = Outbound(connectError: "Not you", in: "/chat")
    let error = WireError.refused(refusal)
    #expect(error.status == 403 && error.name == "connection_refused")
    #expect(error.message == "Not you" && error.data == nil)
    let down = WireError.refused(
      Outbound(connectError: "chat is not running; the server's log says why", in: "/chat"))
    #expect(down.status == 503 && down.name == "not_running")
  }

  @Test(
    "has the status of the event that answers",
    arguments: [
      ("channel_not_specified", 400), ("subscription_rejected", 403),
      ("channel_not_available", 404), ("invalid_method_args", 422), ("overloaded", 503),
      ("internal_error", 500), ("anything", 500),
    ])
  func answered(name: String, status: Int) {
    let error = WireError.answered(.error(name, "é\n", in: "/"))
    #expect(error.name == name && error.status == status && error.message == "é\n")
  }

  @Test("is an internal one when the answer makes no sense")
  func senseless() {
    for json in ["[]", "[\"error\"]", "[\"error\",1]", "{}"] {
      let error = WireError.answered(Outbound(ack: 1, in: "/", json: json))
      #expect(error.name == "internal_error" && error.status == 500 && error.message.isEmpty)
    }
  }
}
