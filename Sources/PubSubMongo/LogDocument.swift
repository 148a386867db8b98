// What a document holds: many publications, so that a burst is one document. Pure.
//
//   _id: its place in the log, from 1; in the collection of what is only for now a random number
//   mark: a random number, by which a document that took the place of another is known
//   time: when its node wrote it
//   runs: [{channel: "…", publications: [bytes, …]}, …]

import NIOCore
import PubSub

/// A document of ours.
struct LogDocument {
  /// The publications of one channel that follow one another.
  struct Run {
    let channel: String
    let publications: [ByteBuffer]
  }

  let id: Int64
  let mark: Int64
  /// In milliseconds since 1970.
  let time: Int64
  let runs: [Run]

  /// Nil for a document without a number, which another program wrote.
  init?(_ document: ByteBuffer) {
    var id: Int64?
    var (mark, time): (Int64, Int64) = (0, 0)
    var runs: [Run] = []
    var reader = BSONReader(document)
    while let (name, value) = reader.next() {
      switch name {
      case "_id": id = value.number
      case "mark": mark = value.number ?? 0
      case "time": time = value.number ?? 0
      case "runs": runs = Self.runs(value)
      default: break
      }
    }
    guard let id else { return nil }
    (self.id, self.mark, self.time, self.runs) = (id, mark, time, runs)
  }

  private static func runs(_ value: BSONValue) -> [Run] {
    var runs: [Run] = []
    forEach(value) { element in
      guard let run = element.document,
        let channel = BSONReader.value(of: "channel", in: run)?.text,
        let list = BSONReader.value(of: "publications", in: run)
      else { return }
      var publications: [ByteBuffer] = []
      forEach(list) { if let bytes = $0.bytes { publications.append(bytes) } }
      runs.append(Run(channel: channel, publications: publications))
    }
    return runs
  }

  private static func forEach(_ array: BSONValue, _ body: (BSONValue) -> Void) {
    guard let array = array.document else { return }
    var reader = BSONReader(array)
    while let element = reader.next() { body(element.value) }
  }

  /// Where it is in the log.
  var place: UInt64 { UInt64(clamping: id) }

  /// Its publications as those of the log.
  func kept(epoch: String) -> [KeptPublication] {
    var found: [KeptPublication] = []
    var index = 0
    for run in runs {
      for bytes in run.publications.prefix(StreamPlace.mostPublications - index) {
        let offset = StreamPlace.offset(message: place, index: index)
        index += 1
        let position = Position(epoch: epoch, offset: offset)
        guard let publication = EnginePublication(bytes, on: run.channel, at: position) else {
          continue
        }
        found.append(KeptPublication(publication: publication, offset: offset, time: time))
      }
    }
    return found
  }

  /// Its publications as those that are only for now.
  var live: [EnginePublication] {
    runs.flatMap { run in
      run.publications.compactMap { EnginePublication($0, on: run.channel, at: nil) }
    }
  }
}
