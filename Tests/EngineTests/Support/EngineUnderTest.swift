import Glibc
import NIOCore
import PubSub
import Testing

/// An engine that the contract is checked against: `durable` is that of a host's durable channels. Those of other programs are there when an environment
/// variable has the URL of a server; `scripts/engines` starts them.
enum EngineUnderTest: String, CaseIterable, CustomTestStringConvertible {
  case memory
  case durable
  case redis
  case nats
  case amqp

  var testDescription: String { rawValue }

  /// The engines that can be reached here.
  static var here: [EngineUnderTest] { allCases.filter { $0.url != nil } }

  /// Where its server is.
  var url: String? {
    switch self {
    case .memory, .durable: "memory://"
    case .redis: Self.environment("TEST_REDIS")
    case .nats: Self.environment("TEST_NATS")
    case .amqp: Self.environment("TEST_AMQP")
    }
  }

  /// A cluster without nodes, of which nobody else knows.
  func cluster() async throws -> TestCluster {
    switch self {
    case .memory: TestCluster(MemoryMiddle(MemoryBroker()))
    case .durable: TestCluster(try DurableMiddle())
    case .redis: TestCluster(try await RedisMiddle.between(try EngineURL(url ?? "")))
    case .nats: TestCluster(try await NATSMiddle(to: url ?? ""))
    case .amqp: TestCluster(try await AMQPMiddle(try #require(url)))
    }
  }

  private static func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// What the nodes of a cluster meet in, and a way to break it.
protocol TestMiddle: Sendable {
  /// A node's engine; it may be reached at once.
  func engine(limits: EngineLimits, receiver: any EngineSubscriber) throws(PubSubError)
    -> any Engine

  /// Breaks every link and refuses new ones.
  func cut() async throws

  /// Lets what is sent wait on the way, as a partition does.
  func stall() async throws

  /// Ends a cut or a stall.
  func mend() async throws

  /// Ends whatever was begun for the cluster.
  func end() async throws
}

/// The nodes of a broker in this process.
struct MemoryMiddle: TestMiddle {
  private let broker: MemoryBroker

  init(_ broker: MemoryBroker) { self.broker = broker }

  func engine(
    limits: EngineLimits, receiver: any EngineSubscriber
  ) throws(PubSubError) -> any Engine {
    try LinkedEngine(limits: limits, receiver: receiver) { [broker] wake in
      MemoryDriver(broker: broker, wake: wake)
    }
  }

  func cut() async throws { broker.stop() }
  func stall() async throws { broker.stop() }
  func mend() async throws { broker.resume() }
  func end() async throws {}
}
