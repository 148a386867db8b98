// What JetStream says to publications and requests, read from its messages so that nothing of libnats is
// held any longer.

import NIOCore
import PubSub

/// The answer to a publication that is to be stored.
enum NATSAnswer {
  case stored(sequence: UInt64)
  case refused(PubSubError)

  init(_ message: NATSMessage) {
    if let sequence = Self.sequence(in: message.body) {
      self = .stored(sequence: sequence)
    } else {
      self = .refused(
        JetStreamError(JSONValue(message.body))?.publicationError
          ?? PubSubError(.refused, "JetStream answered a publication with what is no confirmation"))
    }
  }

  /// Reads `{"stream":"perigee", "seq":12…}` without the detour of a JSON value: there is one for every
  /// publication. Nil for anything else, such as an error.
  private static func sequence(in body: UnsafeRawBufferPointer) -> UInt64? {
    guard body.starts(with: "{\"stream\":".utf8) else { return nil }
    var rest = Slice(base: body, bounds: body.indices)
    while let comma = rest.firstIndex(of: UInt8(ascii: ",")) {
      rest = rest[(comma + 1)...].drop { $0 == UInt8(ascii: " ") }
      guard rest.starts(with: "\"seq\":".utf8) else { continue }
      return UInt64(digits: rest.dropFirst(6).prefix { (0x30...0x39).contains($0) })
    }
    return nil
  }
}

/// An error that JetStream answers with.
struct JetStreamError {
  let status: Int
  let code: Int
  let description: String

  static let streamNotFound = 10_059
  static let messageNotFound = 10_037
  static let nameInUse = 10_058
  private static let messageTooLarge = 10_054

  init?(_ answer: JSONValue?) {
    guard let error = answer?["error"] else { return nil }
    status = error["code"]?.integer() ?? 0
    code = error["err_code"]?.integer() ?? 0
    description = error["description"]?.text ?? "an error without a description"
  }

  /// Whether JetStream is not for us here, however often we ask.
  var isWithoutJetStream: Bool { [10_039, 10_076].contains(code) }

  var publicationError: PubSubError {
    PubSubError(
      code == Self.messageTooLarge ? .tooLarge : .refused, "JetStream refused it: \(description)")
  }
}

/// A request to JetStream.
struct NATSRequest {
  let subject: String
  /// JSON, or empty.
  var body = ""

  /// A request of JetStream's interface, such as `STREAM.INFO.perigee`.
  static func api(_ command: String, _ body: String = "") -> NATSRequest {
    NATSRequest(subject: "$JS.API.\(command)", body: body)
  }
}

/// The answer to a request.
struct NATSReply {
  /// nil for success.
  let status: UInt64?
  /// What the message of a stream is, if it is one.
  let stored: NATSStoredMessage?
  let body: ByteBuffer

  init(_ message: NATSMessage) {
    status = message.status
    stored = NATSStoredMessage(direct: message)
    body = stored?.body ?? message.bytes
  }

  var json: JSONValue? { JSONValue(body.readableBytesView) }
}

/// A message that was read from a stream.
struct NATSStoredMessage {
  /// Of the consumer that brought it; empty when it was asked for.
  let consumer: String
  let sequence: UInt64
  /// When it was stored, in nanoseconds since 1970.
  let time: Int64
  /// How many the consumer has after it.
  let pending: UInt64
  /// The name in its header, when it has a long one.
  let longName: String?
  let body: ByteBuffer

  /// Reads what a consumer brought: its reply subject is
  /// `$JS.ACK.[DOMAIN.ACCOUNT.]STREAM.CONSUMER.TIMES.SEQUENCE.CONSUMER_SEQUENCE.TIME.PENDING[.RANDOM]`.
  init?(_ message: NATSMessage) {
    let tokens = message.reply.split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard tokens.count == 9 || tokens.count >= 11, tokens[1].elementsEqual("ACK".utf8) else {
      return nil
    }
    let first = tokens.count == 9 ? 2 : 4
    guard let sequence = UInt64(digits: tokens[first + 3]),
      let time = UInt64(digits: tokens[first + 5]), let pending = UInt64(digits: tokens[first + 6])
    else { return nil }
    consumer = String(decoding: tokens[first + 1], as: UTF8.self)
    self.sequence = sequence
    self.time = Int64(clamping: time)
    self.pending = pending
    longName = message.longName
    body = message.bytes
  }

  /// Reads what was asked for by itself.
  fileprivate init?(direct message: NATSMessage) {
    guard let sequence = message.number("Nats-Sequence") else { return nil }
    consumer = ""
    self.sequence = sequence
    time = message.header("Nats-Time-Stamp").flatMap(UTCTime.nanoseconds(of:)) ?? 0
    pending = 0
    longName = message.longName
    body = message.bytes
  }
}

extension NATSMessage {
  /// The name in the header, when the channel has a long one.
  var longName: String? {
    header(NATSSubjects.nameHeader).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// Times as servers write them.
enum UTCTime {
  /// Reads `2026-01-31T12:00:00.123456789Z`; nil for another form.
  static func nanoseconds(of text: some Collection<UInt8>) -> Int64? {
    let bytes = Array(text)
    guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"),
      let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
      let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]),
      let minute = number(bytes[14..<16]), let second = number(bytes[17..<19])
    else { return nil }
    var fraction: Int64 = 0
    if bytes[19] == UInt8(ascii: ".") {
      let digits = bytes[20..<(bytes.count - 1)]
      guard let value = number(digits), digits.count <= 9 else { return nil }
      fraction = (digits.count..<9).reduce(value) { value, _ in value * 10 }
    }
    let seconds = ((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    let (whole, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isBeyond) = whole.addingReportingOverflow(fraction)
    return isOver || isBeyond ? nil : sum
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
    UInt64(digits: digits).map(Int64.init(clamping:))
  }

  /// Days since 1970, counted in years that begin in March.
  private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }
}
