import NIOCore
import NIOHTTP1
import Testing
import Transport

@testable import AppHost

/// The signatures were made with `openssl dgst -sha256 -hmac secret`.
@Suite("A publish request")
struct PublishRequestTests {
  private static let body = #"{"channel":"tweets","data":{"a": [1, 2]}}"#
  private static let code = "81c8fe3eb2024bfd31f22b8d9b7629e50cf99f2b553a4fd00e63a8b15858284e"
  private static let time = 1_700_000_000.0

  private func publish(
    body: String = Self.body, signature: String?, key: String? = "secret", now: Double = Self.time
  ) throws(WireError) -> PublishRequest {
    var headers: HTTPHeaders = [:]
    if let signature { headers.add(name: "Perigee-Signature", value: signature) }
    return try PublishRequest(
      .test(.POST, headers: headers, body: ByteBuffer(string: body)), key: key, now: now)
  }

  private func error(
    body: String = Self.body, signature: String?, key: String? = "secret", now: Double = Self.time
  ) -> WireError? {
    do throws(WireError) {
      _ = try publish(body: body, signature: signature, key: key, now: now)
      return nil
    } catch { return error }
  }

  @Test("is taken with its signature, within five minutes of its time")
  func signed() throws {
    for now in [Self.time, Self.time - 300, Self.time + 300] {
      let request = try publish(signature: "t=1700000000,v1=\(Self.code)", now: now)
      #expect(request.channel == "tweets")
      #expect(String(buffer: request.message) == #"{"a":[1,2]}"#)
    }
    #expect(error(signature: "t=1700000000,v1=\(Self.code.uppercased())") == nil)
    #expect(error(signature: "v0=00,v1=\(Self.code),t=1700000000") == nil)
  }

  @Test(
    "is refused without one",
    arguments: [
      nil, "", "t=1700000000", "v1=CODE", "t=,v1=CODE", "t=1700000000,v1=",
      "t=1700000000,v1=CODE0", "t=1700000000,v1=CODE00", "t=1700000000,v1=zzCODE",
      "t=1700000001,v1=CODE", "t=nan,v1=CODE", "t=inf,v1=CODE", "t=1.7e9,v1=CODE", "t==,v1==",
      ",,,=", "t=1700000000;v1=CODE",
    ])
  func unsigned(signature: String?) {
    let signature = signature?.replacing("CODE", with: Self.code)
    #expect(error(signature: signature)?.status == 401)
  }

  @Test("is refused for another body, another key, or too long a time")
  func forged() {
    let signature = "t=1700000000,v1=\(Self.code)"
    #expect(error(body: Self.body + " ", signature: signature)?.status == 401)
    #expect(error(signature: signature, key: "Secret")?.status == 401)
    #expect(error(signature: signature, now: Self.time + 301)?.status == 401)
    #expect(error(signature: signature, now: Self.time - 301)?.status == 401)
    #expect(error(signature: signature, now: .nan)?.status == 401)
  }

  @Test("is refused when the app has no key, whatever the signature")
  func disabled() {
    let error = error(signature: "t=1700000000,v1=\(Self.code)", key: nil)
    #expect(error?.status == 403 && error?.name == "publishing_disabled")
  }

  @Test(
    "names a channel and holds JSON",
    arguments: [
      (
        #"{"channel":"tweets","data":[1,]}"#,
        "459b02a147ba3332448cca9f64f170ffeb79f52d4131335ac6704160ffa90bd3"
      ),
      (
        #"{"channel":"","data":1}"#,
        "ad9d2b9e34806c188a08401508fc236af89d4ca04f0548c1f45470991c6e9754"
      ),
      ("[]", "74f76d8933679a54d6be8c7560a5233b124658241ca5a3b0f09af80d3ea60d78"),
      (
        #"{"channel":"tweets"}"#, "f7c942d63d82d331b5a4d8e27d790503f506bca41e578b4f5c2431ae2d60b233"
      ),
    ])
  func malformed(body: String, code: String) {
    #expect(error(body: body, signature: "t=1700000000,v1=\(code)")?.status == 400)
  }

  @Test("cannot speak for a model")
  func models() {
    let code = "db20f375165907dc6e5c0451d7da30c3b824433b96f1699843bfd319e6e39718"
    let error = error(
      body: #"{"channel":"model:a","data":1}"#, signature: "t=1700000000,v1=\(code)")
    #expect(error?.status == 403 && error?.name == "channel_of_model")
  }
}
