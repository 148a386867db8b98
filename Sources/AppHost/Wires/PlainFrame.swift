// The JSON objects that go to clients on the plain wires; docs/wires.md describes them. Pure: bytes
// in, bytes out. Nothing here escapes line breaks: JSON text that scripts and this host make has none.

import NIOCore
import RealtimeProtocol

/// Makes the frames of the plain wires.
enum PlainFrame {
  /// The frame of an event, an ack or a publication.
  static func of(_ packet: Outbound) -> ByteBuffer {
    if let publication = packet.publication { return self.publication(publication) }
    switch packet.type {
    case .ack, .binaryAck: return ack(packet)
    default: return event(packet)
    }
  }

  /// `{"hello":{"id":…,"key":…,"namespace":…}}`
  static func hello(id: String, key: String, namespace: String) -> ByteBuffer {
    ByteBuffer(
      string: #"{"hello":{"id":"\#(id)","key":"\#(key)","namespace":\#(jsonString(namespace))}}"#)
  }

  /// `{"subscribed":{"name":…,"channel":…,"position":…,"recovered":…}}`
  static func subscribed(_ subscription: Subscription) -> ByteBuffer {
    ByteBuffer(string: #"{"subscribed":\#(subscription.json)}"#)
  }

  /// The event `error`: `{"event":"error","args":[…]}`
  static func error(_ error: WireError) -> String {
    #"{"event":"error","args":[\#(jsonString(error.name)),\#(jsonString(error.message))]}"#
  }

  /// `{"channel":…,"position":…,"data":…}`
  static func publication(_ publication: Publication) -> ByteBuffer {
    var frame = ByteBuffer()
    frame.reserveCapacity(publication.message.readableBytes + 80)
    frame.writeString(#"{"channel":\#(jsonString(publication.channel)),"#)
    frame.writeString(#""position":"\#(publication.position)","data":"#)
    frame.writeImmutableBuffer(publication.message)
    finish(&frame, publication.attachments)
    return frame
  }

  /// `{"event":…,"args":[…]}`, with `"id"` when an ack is wanted.
  private static func event(_ packet: Outbound) -> ByteBuffer {
    let parts = EventPayload(packet.json)
    var frame = ByteBuffer()
    frame.reserveCapacity(packet.json.readableBytes + 48)
    frame.writeStaticString("{\"event\":")
    frame.writeImmutableBuffer(parts.name)
    frame.writeStaticString(",\"args\":[")
    frame.writeImmutableBuffer(parts.arguments)
    frame.writeStaticString("]")
    if let id = packet.id { frame.writeString(",\"id\":\(id)") }
    finish(&frame, packet.attachments)
    return frame
  }

  /// `{"ack":…,"args":[…]}`
  private static func ack(_ packet: Outbound) -> ByteBuffer {
    var frame = ByteBuffer()
    frame.reserveCapacity(packet.json.readableBytes + 40)
    frame.writeString("{\"ack\":\(packet.id ?? -1),\"args\":")
    frame.writeImmutableBuffer(packet.json)
    finish(&frame, packet.attachments)
    return frame
  }

  private static func finish(_ frame: inout ByteBuffer, _ attachments: [EncodedMessage]) {
    if !attachments.isEmpty {
      frame.writeStaticString(",\"attachments\":")
      for (index, attachment) in attachments.enumerated() {
        frame.writeString(index == 0 ? "[\"" : ",\"")
        Base64.encode(attachment.packet, into: &frame)
        frame.writeStaticString("\"")
      }
      frame.writeStaticString("]")
    }
    frame.writeStaticString("}")
  }
}

/// The array of an event's name and arguments, taken apart without parsing the arguments.
struct EventPayload {
  /// A JSON string with its quotes.
  let name: ByteBuffer
  /// The arguments without brackets.
  let arguments: ByteBuffer

  /// - Parameter json: `["name",…]` as the Lua runtime writes it.
  init(_ json: ByteBuffer) {
    let bytes = json.readableBytesView
    var end = bytes.startIndex + 2
    while end < bytes.endIndex, bytes[end] != UInt8(ascii: "\"") {
      end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    let start = json.readerIndex
    let nameLength = min(end, bytes.endIndex - 1) - bytes.startIndex
    name = json.getSlice(at: start + 1, length: nameLength) ?? ByteBuffer()
    let rest = json.readableBytes - nameLength - 3
    arguments =
      rest > 0
      ? json.getSlice(at: start + nameLength + 2, length: rest) ?? ByteBuffer() : ByteBuffer()
  }
}
