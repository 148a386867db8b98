// Socket.IO packets made of what scripts emit and of the host's own answers. Encoded once,
// whoever and however many receive them.

import LuaRuntime
import NIOCore
import PubSub
import RealtimeProtocol

/// One Socket.IO packet encoded once for every wire: its text and its binary attachments.
final class Outbound: Sendable {
  let type: SocketPacketType
  let namespace: String
  /// The ack that it asks for or answers.
  let id: Int?
  let text: EncodedMessage
  let attachments: [EncodedMessage]
  /// The ack that was asked for and is not given, because of this error event.
  let answers: Int?
  /// The payload as the script made it: for an event the array of its name and arguments.
  let json: ByteBuffer
  /// Dropped when its client cannot take it at once.
  let isVolatile: Bool
  /// While its client cannot take it, only the newest packet of this key is kept; nil for nearly all.
  let key: [UInt8]?
  /// The number that clients remember to come back with; nil when the app's packets have none.
  let offset: Position?
  /// What it publishes; nil for anything else.
  let publication: Publication?

  private init(
    _ type: SocketPacketType, in namespace: String, id: Int? = nil, length: Int,
    attachments: [EncodedMessage] = [], publication: Publication? = nil, isVolatile: Bool = false,
    key: [UInt8]? = nil, answers: Int? = nil, write: (inout ByteBuffer) -> Void
  ) {
    let count = attachments.count
    let header = SocketPacketEncoder.headerSize(
      type: type, namespace: namespace, id: id, attachments: count)
    text = EncodedMessage(text: header + length) { buffer in
      SocketPacketEncoder.writeHeader(
        type: type, namespace: namespace, id: id, attachments: count, into: &buffer)
      write(&buffer)
    }
    let frame = text.frame
    json = frame.getSlice(at: frame.writerIndex - length, length: length) ?? ByteBuffer()
    self.type = type
    self.namespace = namespace
    self.id = id
    self.attachments = attachments
    self.isVolatile = isVolatile
    self.key = key
    self.publication = publication
    self.answers = answers
    offset = nil
  }

  /// `packet` with `suffix` in place of its payload's last bracket.
  private init(_ packet: Outbound, suffix: String, offset: Position?) {
    let kept = packet.json.readableBytesView.dropLast()
    let header = SocketPacketEncoder.headerSize(
      type: packet.type, namespace: packet.namespace, id: packet.id,
      attachments: packet.attachments.count)
    text = EncodedMessage(text: header + kept.count + suffix.utf8.count) { buffer in
      SocketPacketEncoder.writeHeader(
        type: packet.type, namespace: packet.namespace, id: packet.id,
        attachments: packet.attachments.count, into: &buffer)
      buffer.writeBytes(kept)
      buffer.writeString(suffix)
    }
    json = packet.json
    type = packet.type
    namespace = packet.namespace
    id = packet.id
    attachments = packet.attachments
    isVolatile = packet.isVolatile
    key = packet.key
    publication = packet.publication
    answers = packet.answers
    self.offset = offset
  }

  private convenience init(
    _ type: SocketPacketType, in namespace: String, id: Int? = nil, json: String,
    answers: Int? = nil
  ) {
    self.init(type, in: namespace, id: id, length: json.utf8.count, answers: answers) {
      $0.writeString(json)
    }
  }
}

extension Outbound {
  /// The event of an `emit` or `broadcast`. Only the first can ask for an ack.
  convenience init(event command: LuaCommand, in namespace: String) {
    let asksForAck = command.kind == .emit && command.number >= 0
    let attachments = Self.attachments(of: command)
    let body = command.body
    self.init(
      attachments.isEmpty ? .event : .binaryEvent, in: namespace,
      id: asksForAck ? Int(command.number) : nil, length: body.count, attachments: attachments,
      isVolatile: command.isVolatile, key: command.key, answers: command.unansweredAck.map(Int.init)
    ) { $0.writeBytes(body) }
  }

  /// An event of the host's own: the array of its name and arguments, JSON text.
  convenience init(event json: String, in namespace: String) {
    self.init(.event, in: namespace, json: json)
  }

  /// An event for one client, as a node told of it.
  convenience init(_ direct: DirectEvent) {
    self.init(
      direct.attachments.isEmpty ? .event : .binaryEvent, in: direct.namespace,
      length: direct.event.readableBytes,
      attachments: direct.attachments.map(EncodedMessage.init(binary:))
    ) { $0.writeImmutableBuffer(direct.event) }
  }

  /// The event of a broadcast of another node.
  convenience init(_ broadcast: ClusterBroadcast) {
    self.init(
      broadcast.attachments.isEmpty ? .event : .binaryEvent, in: broadcast.namespace,
      length: broadcast.event.readableBytes,
      attachments: broadcast.attachments.map(EncodedMessage.init(binary:)),
      isVolatile: broadcast.isVolatile, key: broadcast.key.isEmpty ? nil : broadcast.key
    ) { $0.writeImmutableBuffer(broadcast.event) }
  }

  /// The event of a publication, as subscribers get it who want no positions.
  convenience init(_ publication: Publication, in namespace: String) {
    let length = publication.message.readableBytes + Self.publicationHead.utf8CodeUnitCount + 1
    self.init(
      publication.attachments.isEmpty ? .event : .binaryEvent, in: namespace, length: length,
      attachments: publication.attachments, publication: publication
    ) { buffer in
      buffer.writeStaticString(Self.publicationHead)
      buffer.writeImmutableBuffer(publication.message)
      buffer.writeStaticString("]")
    }
  }

  private static let publicationHead: StaticString = "[\"pubblication\","

  /// A handler's answer to an event that asked for one.
  convenience init(ack command: LuaCommand, in namespace: String) {
    let attachments = Self.attachments(of: command)
    let body = command.body
    self.init(
      attachments.isEmpty ? .ack : .binaryAck, in: namespace, id: Int(command.number),
      length: body.count, attachments: attachments
    ) { $0.writeBytes(body) }
  }

  /// The host's answer to an event that asked for one; `json` is the array of values.
  convenience init(ack id: Int, in namespace: String, json: String) {
    self.init(.ack, in: namespace, id: id, json: json)
  }

  /// The connect_error of a script that turns a client away.
  convenience init(refusal command: LuaCommand, in namespace: String) {
    let message = jsonString(command.text)
    let data = String(decoding: command.body, as: UTF8.self)
    self.init(
      .connectError, in: namespace,
      json: data.isEmpty ? #"{"message":\#(message)}"# : #"{"message":\#(message),"data":\#(data)}"#
    )
  }

  /// The host's own connect_error.
  convenience init(connectError message: String, in namespace: String) {
    self.init(.connectError, in: namespace, json: #"{"message":\#(jsonString(message))}"#)
  }

  /// The answer that lets a client in.
  convenience init(_ acceptance: Acceptance, in namespace: String) {
    let pid = acceptance.pid.map { #","pid":"\#($0)""# } ?? ""
    self.init(.connect, in: namespace, json: #"{"sid":"\#(acceptance.id)"\#(pid)}"#)
  }

  /// The server's end of a membership.
  convenience init(disconnecting namespace: String) {
    self.init(.disconnect, in: namespace, json: "")
  }

  /// The event `error` that tells a client what became of its request.
  /// - Parameter answers: the ack that is not given because of it.
  static func error(
    _ name: String, _ message: String, in namespace: String, answers: Int? = nil
  ) -> Outbound {
    Outbound(
      .event, in: namespace, json: #"["error",\#(jsonString(name)),\#(jsonString(message))]"#,
      answers: answers)
  }

  /// The binary attachments of what a script sends.
  static func attachments(of command: LuaCommand) -> [EncodedMessage] {
    command.attachments.map { EncodedMessage(binary: ByteBuffer(bytes: $0)) }
  }
}

extension Outbound {
  /// Whether it waits for a client that cannot take it, whatever comes after it.
  var waits: Bool { !isVolatile && key == nil }

  /// Whether clients can be told an offset with it: an event that asks for no ack.
  var takesOffset: Bool { (type == .event || type == .binaryEvent) && id == nil }

  /// The same event with its offset as one more argument.
  func numbered(_ offset: Position) -> Outbound {
    Outbound(self, suffix: #","\#(offset)"]"#, offset: offset)
  }

  /// The event of a publication with its channel and position, for subscribers who want them.
  func positioned(_ publication: Publication) -> Outbound {
    let place = #"{"channel":\#(jsonString(publication.channel)),"#
    let position = #""position":"\#(publication.position)"}"#
    let last = offset.map { #","\#($0)"]"# } ?? "]"
    return Outbound(self, suffix: ",\(place)\(position)\(last)", offset: offset)
  }
}
