import PubSub
import Testing

@testable import AppHost

@Suite struct PresenceTextTests {
  private static let room = PresenceChannel("room \"1\"", in: "/chat")

  private static func entry(_ serial: UInt64, _ key: String, _ meta: String) -> PresenceEntry {
    PresenceEntry(
      ref: PresenceRef(table: 35, serial: serial),
      identity: PresenceIdentity(channel: room, key: key, meta: meta))
  }

  private static let entries = [
    entry(1, "ann", "{}"), entry(2, "bob \"b\"", #"{"a":1}"#), entry(36, "ann", #"{"b":[]}"#),
  ]

  @Test("the state names the channel and lists metas under their keys")
  func state() {
    #expect(
      PresenceText.state(Self.entries, on: Self.room) == #"""
        ["presence_state","room \"1\"",{"ann":{"metas":[{"ref":"z.1"},{"ref":"z.10","b":[]}]},\#
        "bob \"b\"":{"metas":[{"ref":"z.2","a":1}]}}]
        """#)
    #expect(
      PresenceText.state([], on: PresenceChannel("a", in: "/"))
        == #"["presence_state","a",{}]"#)
  }

  @Test("scripts get the lists alone")
  func lists() {
    let metas = Self.entries.map(PresenceMeta.init)
    #expect(
      PresenceText.lists(metas)
        == #"{"ann":[{"ref":"z.1"},{"ref":"z.10","b":[]}],"bob \"b\"":[{"ref":"z.2","a":1}]}"#)
    #expect(PresenceText.list([]) == "[]")
    #expect(PresenceText.list([PresenceMeta(key: "ann", meta: "{}")]) == "[{}]")
  }
}
