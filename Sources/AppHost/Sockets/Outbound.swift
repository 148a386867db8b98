// Socket.IO packets made of what scripts emit and of the host's own answers. Encoded once,
// whoever and however many receive them.

import LuaRuntime
import NIOCore
import RealtimeProtocol

/// One Socket.IO packet encoded once for every wire: its text and its binary attachments.
struct Outbound: Sendable {
  let text: EncodedMessage
  let attachments: [EncodedMessage]

  private init(
    _ type: SocketPacketType, in namespace: String, id: Int? = nil, json: UnsafeRawBufferPointer,
    attachments: [EncodedMessage] = []
  ) {
    let count = attachments.count
    let size = SocketPacketEncoder.headerSize(
      type: type, namespace: namespace, id: id, attachments: count)
    text = EncodedMessage(text: size + json.count) { buffer in
      SocketPacketEncoder.writeHeader(
        type: type, namespace: namespace, id: id, attachments: count, into: &buffer)
      buffer.writeBytes(json)
    }
    self.attachments = attachments
  }

  private init(_ type: SocketPacketType, in namespace: String, json: String) {
    var json = json
    self = json.withUTF8 { Outbound(type, in: namespace, json: UnsafeRawBufferPointer($0)) }
  }
}

extension Outbound {
  /// The event of an `emit`, `broadcast` or `publish`. Only the first can ask for an ack.
  init(event command: LuaCommand, in namespace: String) {
    let asksForAck = command.kind == .emit && command.number >= 0
    let attachments = Self.attachments(of: command)
    self.init(
      attachments.isEmpty ? .event : .binaryEvent, in: namespace,
      id: asksForAck ? Int(command.number) : nil,
      json: command.body, attachments: attachments)
  }

  /// A handler's answer to an event that asked for one.
  init(ack command: LuaCommand, in namespace: String) {
    let attachments = Self.attachments(of: command)
    self.init(
      attachments.isEmpty ? .ack : .binaryAck, in: namespace, id: Int(command.number),
      json: command.body, attachments: attachments)
  }

  /// The connect_error of a script that turns a client away.
  init(refusal command: LuaCommand, in namespace: String) {
    let message = jsonString(command.text)
    let data = String(decoding: command.body, as: UTF8.self)
    self.init(
      .connectError, in: namespace,
      json: data.isEmpty ? #"{"message":\#(message)}"# : #"{"message":\#(message),"data":\#(data)}"#
    )
  }

  /// The host's own connect_error.
  init(connectError message: String, in namespace: String) {
    self.init(.connectError, in: namespace, json: #"{"message":\#(jsonString(message))}"#)
  }

  /// The answer that lets a client in.
  init(accepting socket: Socket) {
    self.init(.connect, in: socket.namespace, json: #"{"sid":"\#(socket.id)"}"#)
  }

  /// The server's end of a membership.
  init(disconnecting namespace: String) {
    self.init(.disconnect, in: namespace, json: "")
  }

  /// The event `error` that tells a client what became of its request.
  static func error(_ name: String, _ message: String, in namespace: String) -> Outbound {
    Outbound(
      .event, in: namespace, json: #"["error",\#(jsonString(name)),\#(jsonString(message))]"#)
  }

  private static func attachments(of command: LuaCommand) -> [EncodedMessage] {
    command.attachments.map { EncodedMessage(binary: ByteBuffer(bytes: $0)) }
  }
}

/// `text` as a JSON string with its quotes.
private func jsonString(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": json += "\\\""
    case "\\": json += "\\\\"
    case "\u{0}"..<" ":
      json +=
        "\\u00" + (scalar.value < 16 ? "0" : "1")
        + String(scalar.value % 16, radix: 16)
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}
