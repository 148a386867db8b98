import NIOCore
import Testing

@testable import LoadGenerator

@Suite struct ConversationTests {
  @Test("a client is let in and hears its events, however the network cuts the bytes")
  func conversation() throws {
    let says = [
      #"0{"sid":"a"}"#, #"40/bench,{"sid":"b"}"#, #"42/bench,["x",1]"#, "43/bench,17[2]", "2",
    ]
    var stream = ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
    for text in says { stream.writeImmutableBuffer(serverFrame(.text, ByteBuffer(string: text))) }
    var conversation = Conversation(prefix: ByteBuffer(string: "/bench,"))
    var inbox = ByteBuffer()
    var incidents: [String] = []
    for byte in stream.readableBytesView {
      inbox.writeInteger(byte)
      while let incident = try conversation.next(from: &inbox) {
        incidents.append(summary(incident))
      }
    }
    #expect(incidents == ["opened", "connected", "event - [\"x\",1]", "ack 17 [2]", "ping"])
  }

  @Test("a refused upgrade and a refused namespace say why")
  func refusals() throws {
    var conversation = Conversation(prefix: ByteBuffer())
    var answer = ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\nno")
    let upgrade = #expect(throws: LoadError.self) { try conversation.next(from: &answer) }
    #expect(upgrade?.message.contains("400 Bad Request") == true)

    conversation = Conversation(prefix: ByteBuffer())
    answer = ByteBuffer(string: "HTTP/1.1 101 ok\r\n\r\n")
    let refusal = ByteBuffer(string: "44{\"message\":\"no\"}")
    answer.writeImmutableBuffer(serverFrame(.text, refusal))
    let namespace = #expect(throws: LoadError.self) { try conversation.next(from: &answer) }
    #expect(namespace?.message.contains("{\"message\":\"no\"}") == true)
  }

  @Test("a token is found wherever the server puts it")
  func token() {
    let template = MessageTemplate(event: "publish", payload: 40)
    var json = ByteBuffer()
    template.write(Token(sender: 3, number: 1234), into: &json)
    #expect(String(buffer: json).hasPrefix("[\"publish\",\"#3.1234#xxx"))
    #expect(Token(in: json) == Token(sender: 3, number: 1234))
    let nested = ByteBuffer(string: ##"["e",{"m":"#0.7#"}]"##)
    #expect(Token(in: nested) == Token(sender: 0, number: 7))
    #expect(Token(in: ByteBuffer(string: ##"["e","#x"]"##)) == nil)
  }

  private func summary(_ incident: Conversation.Incident) -> String {
    guard case .packet(let packet) = incident else { return "\(incident)" }
    let id = packet.id.map(String.init) ?? "-"
    return "\(packet.kind) \(id) \(String(buffer: packet.body))"
  }
}
