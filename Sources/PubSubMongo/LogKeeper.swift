// Which log is the present one, and the making of another. A log is a capped collection whose documents
// number themselves by their `_id`; it is over when it is gone, empty, not capped, or has lost what a node
// has seen. Then a new one is made, and one document in an ordinary collection is changed to name it: who
// changes it first, wins.

import NIOCore
import PubSub

/// Finds the present log for one link.
struct LogKeeper {
  let client: MongoClient
  /// Which log this node has followed, and how far; nil before its first link.
  let seen: (epoch: String, last: LogView.Seen)?

  private static let stateID = "log"
  /// What the capped collection of what is only for now is made for.
  private static let liveBytes: Int64 = 16 << 20
  /// How often another node may be first.
  private static let mostAttempts = 5

  private var settings: MongoSettings { client.settings }

  /// The present log's epoch.
  func findEpoch() throws(PubSubError) -> String {
    for _ in 1...Self.mostAttempts {
      let present = try presentEpoch()
      if let present, try isGood(present) { return present }
      let fresh = Position.makeEpoch()
      try make(fresh)
      if try name(fresh, insteadOf: present) {
        if let present { drop(present) }
        return fresh
      }
      drop(fresh)
    }
    throw PubSubError(.unreachable, "other nodes keep making other logs of \(settings.prefix)")
  }

  private func presentEpoch() throws(PubSubError) -> String? {
    let state = try client.collection(settings.stateCollection)
    let document = try state.first { $0.append("_id", Self.stateID) }
    return document.flatMap { BSONReader.value(of: "epoch", in: $0)?.text }
  }

  /// Waits until all that was written before is as safe as a publication that is confirmed.
  func settle(epoch: String) throws(PubSubError) {
    _ = try change(from: epoch) { $0.append("$inc", document: { $0.append("links", small: 1) }) }
  }

  // MARK: Whether a log is over

  private func isGood(_ epoch: String) throws(PubSubError) -> Bool {
    guard try areCapped(settings.collections(epoch)) else { return false }
    let log = try client.collection(settings.logCollection(epoch))
    guard let oldest = try log.end(isNewest: false) else { return false }
    let live = try client.collection(settings.liveCollection(epoch))
    guard try live.first({ _ in }) != nil else { return false }
    guard let seen, seen.epoch == epoch, seen.last.place > 0 else { return true }
    // A server that was set back, as by the loss of its primary, may have filled the places anew.
    return try log.document(at: seen.last.place) == seen.last || oldest.place > seen.last.place
  }

  private func areCapped(_ names: [String]) throws(PubSubError) -> Bool {
    let answer = try client.run("looking for the log") { command in
      command.append("listCollections", small: 1)
      command.append(
        "filter", document: { $0.append("name", document: { $0.append("$in", names) }) })
    }
    guard let cursor = BSONReader.value(of: "cursor", in: answer)?.document,
      let batch = BSONReader.value(of: "firstBatch", in: cursor)?.document
    else { return false }
    var reader = BSONReader(batch)
    var count = 0
    while let collection = reader.next()?.value.document {
      guard let options = BSONReader.value(of: "options", in: collection)?.document,
        BSONReader.value(of: "capped", in: options)?.isTrue == true
      else { return false }
      count += 1
    }
    return count == names.count
  }

  // MARK: Another log

  private func make(_ epoch: String) throws(PubSubError) {
    try create(settings.logCollection(epoch), bytes: settings.logBytes)
    try create(settings.liveCollection(epoch), bytes: Self.liveBytes)
    try client.run("making the index of the log") { command in
      command.append("createIndexes", settings.logCollection(epoch))
      command.append(
        "indexes",
        array: {
          $0.append(
            "0",
            document: {
              $0.append(
                "key",
                document: {
                  $0.append("runs.channel", small: 1)
                  $0.append("_id", small: 1)
                })
              $0.append("name", "channel")
            })
        })
    }
    // Nobody can follow an empty collection.
    for name in settings.collections(epoch) {
      let first = LogDocumentWriter(id: 1, time: MongoDriver.milliseconds).finish()
      _ = try client.collection(name).insert([first], settings.concern)
    }
  }

  private func create(_ name: String, bytes: Int64) throws(PubSubError) {
    try client.run("making the collection \(name)") { command in
      command.append("create", name)
      command.append("capped", true)
      command.append("size", bytes)
    }
  }

  /// - Returns: false when another node was first.
  private func name(
    _ fresh: String, insteadOf present: String?
  ) throws(PubSubError) -> Bool {
    if let present {
      return try change(from: present) { update in
        update.append("$set", document: { $0.append("epoch", fresh) })
      }
    }
    let state = BSONWriter.document { writer in
      writer.append("_id", Self.stateID)
      writer.append("epoch", fresh)
    }
    return try client.collection(settings.stateCollection).insert([state], settings.concern) == 1
  }

  /// Changes the document that names the log.
  ///
  /// - Returns: whether it still named that log.
  private func change(
    from epoch: String, _ update: (inout BSONWriter) -> Void
  ) throws(PubSubError) -> Bool {
    let answer = try client.run("naming the log") { command in
      command.append("findAndModify", settings.stateCollection)
      command.append(
        "query",
        document: {
          $0.append("_id", Self.stateID)
          $0.append("epoch", epoch)
        })
      command.append("update", document: update)
      command.append(settings.concern)
    }
    return BSONReader.value(of: "value", in: answer)?.document != nil
  }

  /// What nobody follows any more may stay when the server does not let it go.
  private func drop(_ epoch: String) {
    for name in settings.collections(epoch) {
      _ = try? client.run("dropping \(name)") { $0.append("drop", name) }
    }
  }
}
