import NIOHTTP1
import Testing
import Transport

@testable import AppHost

@Suite("An origin rule")
struct OriginRuleTests {
  private func admits(
    _ origin: String?, host: String? = "example.org:8080", _ policy: CrossOriginPolicy?
  )
    -> Bool
  {
    var headers: HTTPHeaders = [:]
    if let origin { headers.add(name: "origin", value: origin) }
    if let host { headers.add(name: "host", value: host) }
    return OriginRule(policy: policy).admits(.test(.POST, headers: headers))
  }

  @Test("admits programs, and the pages of this host over whatever scheme")
  func own() {
    #expect(admits(nil, nil))
    #expect(admits("http://example.org:8080", nil))
    #expect(admits("https://EXAMPLE.org:8080", nil))
    #expect(admits("https://example.org", host: "example.org:443", nil))
  }

  @Test(
    "refuses the pages of other hosts",
    arguments: [
      "http://example.org", "http://evil.example", "null", "", "example.org:8080",
      "http://evil.example/example.org:8080", "http://example.org:8080.evil.example",
    ])
  func foreign(origin: String) {
    #expect(!admits(origin, nil))
    #expect(!admits(origin, CrossOriginPolicy(origins: .only(["https://friend.example"]))))
    #expect(admits(origin, CrossOriginPolicy(origins: .any)))
  }

  @Test("admits the origins that are named, and this host still")
  func named() {
    let policy = CrossOriginPolicy(origins: .only(["https://friend.example"]))
    #expect(admits("https://friend.example", policy))
    #expect(!admits("http://friend.example", policy))
    #expect(admits("http://example.org:8080", policy))
    #expect(!admits("http://example.org:8080", host: nil, policy))
  }
}
