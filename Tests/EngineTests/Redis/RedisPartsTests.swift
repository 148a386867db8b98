import NIOCore
import PubSub
import Testing

@testable import PubSubRedis

/// What the Redis engine is made of, without a server.
@Suite struct RedisPartsTests {
  @Test(
    "a server that cannot do what is needed is turned down",
    arguments: [
      ("redis_version:6.0.16\r\nredis_mode:standalone", "6.0.16"), ("", "unknown"),
      ("redis_version:7.0.15\r\nredis_mode:cluster", "Redis Cluster"),
      ("redis_version:7.0.15\r\nrole:slave", "replica"),
      ("redis_version:7.0.15\r\nloading:1\r\naof_enabled:0", "still reading"),
    ])
  func server(_ text: String, _ reason: String) {
    #expect {
      try RedisServerInfo(text).check()
    } throws: {
      ($0 as? PubSubError)?.message.contains(reason) == true
    }
  }

  @Test("a run counts only where the next may lose something")
  func run() throws {
    let forgetful = RedisServerInfo("redis_version:6.2.0\r\nrun_id:abc\r\naof_enabled:0\r\n")
    try forgetful.check()
    #expect(forgetful.run == "abc")
    #expect(RedisServerInfo("redis_version:10.1\r\nrun_id:abc\r\naof_enabled:1\r\n").run == "")
  }

  @Test("a glob takes what is special to Redis as it is")
  func glob() throws {
    let names = RedisNames(try RedisSettings(try EngineURL("redis://host/3?prefix=p")))
    #expect(names.glob(ChannelPattern("a?[b].*.c^\\d.>")) == "p:3:a\\?\\[b\\].*.c\\^\\\\d.*")
    #expect(names.glob(ChannelPattern("a*.>")) == "p:3:a\\*.*")
  }

  @Test("no bytes make a frame trap")
  func frames() {
    var random = SystemRandomNumberGenerator()
    for _ in 1...2_000 {
      var frame = ByteBuffer(string: Bool.random() ? "\n" : "epoch:7\n")
      let count = Int.random(in: 0...64, using: &random)
      frame.writeInteger(UInt32.random(in: 0...80))
      frame.writeBytes((0..<count).map { _ in UInt8.random(in: 0...3, using: &random) })
      let publications = RedisFrame.publications(frame, on: "a")
      #expect(publications.count <= frame.readableBytes)
    }
  }

  @Test("servers that quote what was sent do not give passwords away")
  func quotes() {
    let error = PubSubError.redisCredentials("ERR unknown command 'AUTH', with args: 'secret'")
    #expect(error.code == .unauthorized && !error.description.contains("secret"))
  }
}
