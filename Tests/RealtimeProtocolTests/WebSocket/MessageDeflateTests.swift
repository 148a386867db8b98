import RealtimeProtocol
import Testing

@Suite struct MessageDeflateTests {
  private static let plain =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover"

  @Test(
    "a sound offer is accepted without context takeover, whatever it asks for",
    arguments: [
      "permessage-deflate", "permessage-deflate; client_max_window_bits",
      "permessage-deflate; client_max_window_bits=8",
      "permessage-deflate; client_max_window_bits=\"15\"",
      "permessage-deflate;server_no_context_takeover;client_no_context_takeover",
      "  permessage-deflate ; client_no_context_takeover\t", ", permessage-deflate,,",
      "x-other; a=b, permessage-deflate", "x-other; a=\"b\", permessage-deflate",
    ])
  func accepted(offer: String) {
    let agreed = MessageDeflate(offers: [offer])
    #expect(agreed?.response == Self.plain)
    #expect(agreed?.windowBits == 15)
  }

  @Test("the server's window keeps to what the client allows", arguments: 9...15)
  func window(bits: Int) {
    let agreed = MessageDeflate(offers: ["permessage-deflate; server_max_window_bits=\(bits)"])
    #expect(agreed?.windowBits == bits)
    #expect(agreed?.response == Self.plain + "; server_max_window_bits=\(bits)")
  }

  @Test(
    "an offer with a parameter that is unknown, doubled or out of bounds is declined",
    arguments: [
      "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
      "server_max_window_bits=8", "server_max_window_bits=010", "server_max_window_bits=x",
      "server_max_window_bits=10; server_max_window_bits=10", "client_max_window_bits=16",
      "client_max_window_bits=08", "server_no_context_takeover=1",
      "client_no_context_takeover=true", "client_no_context_takeover; client_no_context_takeover",
      "client_max_window_bits; client_max_window_bits", "unknown", "unknown=1",
      "Server_No_Context_Takeover",
    ])
  func declined(parameters: String) {
    #expect(MessageDeflate(offers: ["permessage-deflate; \(parameters)"]) == nil)
  }

  @Test("the first acceptable offer counts, also one on a further line")
  func fallback() {
    let bad = "permessage-deflate; server_max_window_bits=8"
    let good = "permessage-deflate; server_max_window_bits=10"
    #expect(MessageDeflate(offers: ["\(bad), \(good), permessage-deflate"])?.windowBits == 10)
    #expect(MessageDeflate(offers: [bad, good])?.windowBits == 10)
    #expect(MessageDeflate(offers: [good, bad])?.windowBits == 10)
  }

  @Test(
    "fields that break the grammar, or offer something else, agree to nothing",
    arguments: [
      "", ",", "x-webkit-deflate-frame", "permessage-deflate-x", "permessage-deflate;",
      "permessage-deflate; =1", "permessage-deflate; server_max_window_bits=",
      "permessage-deflate server_no_context_takeover", "permessage-deflate; a=\"b",
      "permessage-deflate; a=\"\"", "permessage-deflate; a=\"b c\"", "permessage-deflate, ;",
      "permessage-deflate; \u{e9}", "permessage-deflate; a=\"b\\", "Permessage-Deflate",
    ])
  func malformed(field: String) {
    #expect(MessageDeflate(offers: [field]) == nil)
  }

  @Test("any text is survived")
  func noise() {
    let alphabet = Array("permessage-deflate;,=\"\\ \t_windowbits18".utf8)
    Fuzz.run { generator in
      let text = String(decoding: generator.bytes(maxCount: 40, alphabet: alphabet), as: UTF8.self)
      _ = MessageDeflate(offers: [text, "permessage-deflate; " + text])
    }
  }
}
