import Foundation
import PubSub

@testable import AppHost

/// The nodes of a broker in this process that keeps its histories in a database.
struct DurableMiddle: TestMiddle {
  private let folder: URL
  private let nodes: MemoryMiddle

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "perigee-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let database = HistoryDatabase(path: folder.appending(path: "perigee.db").path)
    nodes = MemoryMiddle(
      MemoryBroker(
        store: DurableHistory(
          app: "test", database: database, maxBytes: 64 << 20, maxChannels: 1_000)))
  }

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try nodes.engine(limits: limits, receiver: receiver)
  }

  func cut() async throws { try await nodes.cut() }
  func stall() async throws { try await nodes.stall() }
  func mend() async throws { try await nodes.mend() }
  func end() async throws { try FileManager.default.removeItem(at: folder) }
}
