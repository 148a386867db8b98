// One operation whose cost is kept in git. Cases are deterministic: the same build allocates as often
// and executes nearly as many instructions whenever it runs. Pure but for what `prepare` makes.

import CAllocations

/// An operation on the hot path, repeatable as often as wanted.
public struct MicroCase: Sendable {
  /// Does the operation once, and tells how much came of it.
  public typealias Operation = () -> Int

  /// As thresholds name it: `part/what`.
  public let name: String
  /// How often the operation is done to be counted, and before that to warm up.
  public let repetitions: Int
  /// What each operation has to answer.
  let result: Int
  /// Makes what the operation works on.
  let make: @Sendable () throws -> Operation

  init(
    _ name: String, result: Int, repetitions: Int = 1000,
    make: @escaping @Sendable () throws -> Operation
  ) {
    self.name = name
    self.result = result
    self.repetitions = repetitions
    self.make = make
  }

  /// Makes the operation and warms it up.
  ///
  /// - Throws: when an operation does not answer what it has to.
  public func prepare() throws(MicroError) -> Operation {
    let operation: Operation
    do {
      operation = try make()
    } catch {
      throw MicroError(code: .setup, message: "\(name) could not be set up", underlying: error)
    }
    for _ in 0..<repetitions {
      let found = operation()
      guard found == result else {
        throw MicroError(
          code: .result, message: "\(name) answered \(found) instead of \(result)", underlying: nil)
      }
    }
    return operation
  }

  /// How many blocks ``repetitions`` operations allocate, once it is warm.
  public func allocations() throws(MicroError) -> Int {
    Self.allocations(repetitions, of: try prepare())
  }

  /// How many blocks so many operations allocate.
  public static func allocations(_ repetitions: Int, of operation: @escaping Operation) -> Int {
    let work = Work(repetitions: repetitions, operation: operation)
    let context = Unmanaged.passUnretained(work).toOpaque()
    let count = allocations_during(
      { context in
        guard let context else { return }
        Unmanaged<Work>.fromOpaque(context).takeUnretainedValue().run()
      }, context)
    return withExtendedLifetime(work) { Int(count) }
  }
}

/// What C runs between two readings of its counter.
private final class Work {
  private let repetitions: Int
  private let operation: MicroCase.Operation
  private var sum = 0

  init(repetitions: Int, operation: @escaping MicroCase.Operation) {
    self.repetitions = repetitions
    self.operation = operation
  }

  func run() {
    for _ in 0..<repetitions { sum &+= operation() }
  }
}
