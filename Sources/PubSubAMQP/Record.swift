// What one AMQP message holds: many publications, so that a burst is one message to the server, or a
// mark by which a node finds its place in the stream. Pure.
//
//   u16 "PG" · u8 version · u8 kind · u64 milliseconds since 1970 · u8 length, epoch
//   kind 1: runs until the end: u16 length, channel · u32 count · count times: u32 length, publication
//   kind 2: a mark of whoever knows the epoch: u64 number
//   kind 3: a proposal of whoever does not: u64 number; its epoch is proposed

import NIOCore
import PubSub

/// A message of ours.
struct Record {
  enum Kind: UInt8 {
    case publications = 1
    case mark = 2
    case proposal = 3
  }

  let kind: Kind
  /// When its sender wrote it, in milliseconds since 1970.
  let time: Int64
  /// The stream that its sender meant; empty for what is only for now.
  let epoch: String
  private let content: ByteBuffer

  private static let magic: UInt16 = 0x5047
  private static let version: UInt8 = 1

  /// Nil for bytes of another program.
  init?(_ bytes: ByteBuffer) {
    var bytes = bytes
    guard bytes.readInteger(as: UInt16.self) == Self.magic,
      bytes.readInteger(as: UInt8.self) == Self.version,
      let kind = bytes.readInteger(as: UInt8.self).flatMap(Kind.init),
      let time = bytes.readInteger(as: Int64.self),
      let epochLength = bytes.readInteger(as: UInt8.self),
      let epoch = bytes.readString(length: Int(epochLength))
    else { return nil }
    self.kind = kind
    self.time = time
    self.epoch = epoch
    content = bytes.slice()
  }

  static func header(_ kind: Kind, epoch: String, time: Int64) -> ByteBuffer {
    var bytes = ByteBuffer()
    bytes.writeInteger(magic)
    bytes.writeInteger(version)
    bytes.writeInteger(kind.rawValue)
    bytes.writeInteger(time)
    bytes.writeInteger(UInt8(truncatingIfNeeded: epoch.utf8.count))
    bytes.writeString(epoch)
    return bytes
  }

  /// A mark or a proposal.
  static func mark(_ kind: Kind, number: UInt64, epoch: String, time: Int64) -> ByteBuffer {
    var bytes = header(kind, epoch: epoch, time: time)
    bytes.writeInteger(number)
    return bytes
  }

  /// The number of a mark or a proposal.
  var number: UInt64? {
    kind == .publications ? nil : content.getInteger(at: content.readerIndex, as: UInt64.self)
  }

  /// Calls `body` for every publication with its place in this message, from 0; ends where the bytes
  /// are not of the form.
  func forEachPublication(_ body: (_ channel: String, _ bytes: ByteBuffer, _ index: Int) -> Void) {
    guard kind == .publications else { return }
    var rest = content
    var index = 0
    while let length = rest.readInteger(as: UInt16.self),
      let channel = rest.readString(length: Int(length)),
      let count = rest.readInteger(as: UInt32.self)
    {
      for _ in 0..<count {
        guard let length = rest.readInteger(as: UInt32.self),
          let bytes = rest.readSlice(length: Int(length))
        else { return }
        body(channel, bytes, index)
        index += 1
      }
    }
  }
}

/// Writes publications into one message.
struct RecordWriter {
  private var bytes: ByteBuffer
  private var channel: String?
  /// Where the count of the last run is, and that count.
  private var run: (index: Int, count: UInt32) = (0, 0)
  private(set) var count = 0

  /// What a publication takes besides its bytes and its channel's name, header included.
  static let overhead = 64
  static let longestChannel = Int(UInt16.max)

  init(epoch: String, time: Int64) {
    bytes = Record.header(.publications, epoch: epoch, time: time)
  }

  var message: ByteBuffer { bytes }

  /// Whether the message would stay within so many bytes.
  func hasRoom(for publication: ByteBuffer, on channel: String, within most: Int) -> Bool {
    bytes.readableBytes + publication.readableBytes + channel.utf8.count + Self.overhead <= most
  }

  mutating func append(_ publication: ByteBuffer, on channel: String) {
    if self.channel != channel {
      self.channel = channel
      bytes.writeInteger(UInt16(truncatingIfNeeded: channel.utf8.count))
      bytes.writeString(channel)
      run = (bytes.writerIndex, 0)
      bytes.writeInteger(UInt32(0))
    }
    run.count += 1
    count += 1
    bytes.setInteger(run.count, at: run.index)
    bytes.writeInteger(UInt32(truncatingIfNeeded: publication.readableBytes))
    bytes.writeImmutableBuffer(publication)
  }
}

extension Record {
  /// The publications of a message of the stream.
  func kept(in message: UInt64) -> [KeptPublication] {
    var found: [KeptPublication] = []
    forEachPublication { channel, bytes, index in
      guard index < StreamPlace.mostPublications else { return }
      let offset = StreamPlace.offset(message: message, index: index)
      let position = Position(epoch: epoch, offset: offset)
      guard let publication = EnginePublication(bytes, on: channel, at: position) else { return }
      found.append(KeptPublication(publication: publication, offset: offset, time: time))
    }
    return found
  }
}
