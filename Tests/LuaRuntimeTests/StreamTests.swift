import LuaRuntime
import Testing

/// Responses that a generator writes.
@Suite struct StreamTests {
  @Test func `an event stream is a response and what is sent`() throws {
    let app = try App(
      "routes = { ['GET /'] = function() return sse(function(send) send({ n = 1 }) end) end }")
    let told = app.request("GET /")
    #expect(told.map(\.kind) == [.respond, .stream, .streamEnd])
    #expect(
      told[0].response
        == "200 cache-control: no-store, content-type: text/event-stream, x-accel-buffering: no | …"
    )
    #expect(told[1].body == "data: {\"n\":1}\n\n" && told[1].socket == 100)
  }

  @Test func `a listener's messages become a stream that ends when the client leaves`() throws {
    let app = try App(
      """
      routes = { ["GET /live"] = function(self)
        return sse(function(send)
          for message, channel in self:listen("tweets") do send(message, { event = channel }) end
        end)
      end }
      """)
    let told = app.request("GET /live")
    #expect(told.map(\.kind) == [.respond, .listen] && told[1].name == "tweets")
    let listener = UInt64(told[1].number)
    #expect(
      app.publish(#"{"text":"a"}"#, to: listener).map(\.body) == [
        "event: tweets\ndata: {\"text\":\"a\"}\n\n"
      ])
    #expect(app.publish("2", to: listener).map(\.body) == ["event: tweets\ndata: 2\n\n"])
    #expect(app.abandon().map(\.kind) == [.unlisten])
    #expect(app.isolate.suspended == 0)
    #expect(app.publish("3", to: listener).isEmpty)
  }
}
