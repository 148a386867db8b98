import NIOCore
import PubSub

/// Writes publications into one document. Pure.
struct LogDocumentWriter {
  private var bson: BSONWriter
  private var channel: String?
  private var runCount = 0
  private var countOfRun = 0
  /// How many publications it holds.
  private(set) var count = 0

  /// How large a document of many publications becomes.
  private static let mostBytes = 1 << 20
  /// What a publication takes besides its bytes and its channel's name, the document's own fields
  /// included.
  static let overhead = 256

  init(id: Int64, mark: Int64 = .random(in: 1...Int64.max), time: Int64) {
    bson = BSONWriter()
    bson.append("_id", id)
    bson.append("mark", mark)
    bson.append("time", date: time)
    bson.beginArray("runs")
  }

  /// Whether one more is to go into this document.
  func hasRoom(for publication: ByteBuffer, on channel: String) -> Bool {
    let size = publication.readableBytes + channel.utf8.count + Self.overhead
    return count == 0
      || count < StreamPlace.mostPublications && bson.byteCount + size <= Self.mostBytes
  }

  mutating func append(_ publication: ByteBuffer, on channel: String) {
    if self.channel != channel { beginRun(channel) }
    bson.append("\(countOfRun)", publication)
    countOfRun += 1
    count += 1
  }

  private mutating func beginRun(_ channel: String) {
    endRun()
    bson.beginDocument("\(runCount)")
    bson.append("channel", channel)
    bson.beginArray("publications")
    self.channel = channel
    runCount += 1
    countOfRun = 0
  }

  private mutating func endRun() {
    guard channel != nil else { return }
    bson.close()
    bson.close()
  }

  /// The whole document.
  consuming func finish() -> ByteBuffer {
    bson.finish()
  }
}
