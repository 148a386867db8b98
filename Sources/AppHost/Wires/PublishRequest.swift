// POST /NAME/publish: a publication by another program that knows the app's key. The signature covers
// the time and the body, so that nobody else can make one, change one, or send an old one again later.

import Crypto
import Foundation
import LuaRuntime
import NIOCore
import NIOHTTP1
import PubSub
import Transport

/// The body of a signed request.
struct PublishRequest {
  /// How far the request's time may be from ours.
  private static let tolerance = 300.0

  let channel: String
  /// JSON text without space.
  let message: ByteBuffer

  /// - Parameters:
  ///   - key: the app's; nil if nobody outside may publish.
  ///   - now: seconds since 1970.
  init(_ request: HTTPRequest, key: String?, now: Double) throws(WireError) {
    guard let key else {
      throw WireError(
        status: 403, name: "publishing_disabled",
        message: "The app has no key; app.toml names one as publish.key_env")
    }
    try Self.verify(request.headers.first(name: "perigee-signature"), request.body, key, now)
    guard let fields = JSONFields(request.body), let channel = fields.string("channel"),
      (1...256).contains(channel.utf8.count), ComposedText.isComposed(channel),
      let message = fields.raw("data").flatMap(JSONFields.compacted)
    else {
      throw WireError(
        status: 400, name: "bad_request", message: #"The body must be {"channel":NAME,"data":…}"#)
    }
    guard !channel.hasPrefix(Topic.modelPrefix) else {
      throw WireError(
        status: 403, name: "channel_of_model",
        message: "The app's scripts alone change its models; let it answer an event or a route")
    }
    self.channel = channel
    self.message = message
  }

  /// Serves a request.
  static func serve(_ client: PlainClient) -> PendingResponse {
    let loop = client.context.eventLoop
    do throws(WireError) {
      let request = try PublishRequest(
        client.request, key: client.place.publishKey, now: Date().timeIntervalSince1970)
      let promise = loop.makePromise(of: HTTPResponse.self)
      let publish = IsolateEvent.publish(
        namespace: client.namespace, channel: request.channel, message: request.message
      ) { result in promise.succeed(response(request.channel, result)) }
      client.place.workers.isolate(on: client.context).submit([publish])
      return PendingResponse(future: promise.futureResult)
    } catch {
      return PendingResponse(future: loop.makeSucceededFuture(error.response))
    }
  }

  private static func response(
    _ channel: String, _ result: Result<Position?, PubSubError>
  ) -> HTTPResponse {
    if case .failure(let error) = result {
      return WireError(status: 503, name: "not_delivered", message: error.message).response
    }
    guard case .success(let position?) = result else {
      return WireError(status: 503, name: "not_running", message: "The app is not running").response
    }
    return .json(
      ByteBuffer(string: #"{"channel":\#(jsonString(channel)),"position":"\#(position)"}"#))
  }

  /// Checks `t=SECONDS,v1=HEX`: HEX is the HMAC-SHA256 of `SECONDS.BODY`.
  private static func verify(
    _ signature: String?, _ body: ByteBuffer, _ key: String, _ now: Double
  ) throws(WireError) {
    let parts = (signature ?? "").split(separator: ",").map {
      $0.split(separator: "=", maxSplits: 1)
    }
    let time = parts.first { $0.first == "t" && $0.count == 2 }.map { String($0[1]) } ?? ""
    let code = parts.first { $0.first == "v1" && $0.count == 2 }.flatMap { hex($0[1]) } ?? []
    guard let seconds = Double(time), abs(seconds - now) <= tolerance else {
      throw WireError(
        status: 401, name: "bad_signature",
        message: "perigee-signature must be t=SECONDS,v1=HEX with the present time")
    }
    var signed = Data("\(time).".utf8)
    signed.append(contentsOf: body.readableBytesView)
    let isRight = HMAC<SHA256>.isValidAuthenticationCode(
      code, authenticating: signed, using: SymmetricKey(data: Data(key.utf8)))
    guard isRight else {
      throw WireError(status: 401, name: "bad_signature", message: "The signature is wrong")
    }
  }

  private static func hex(_ text: Substring) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}
