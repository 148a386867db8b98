// Reaching a role from outside its event loop.

import NIOCore

extension NIOLoopBound where Value: ClientRole {
  /// Runs `body` on the role's event loop and waits for its result.
  func visit<Result: Sendable>(
    _ body: @escaping @Sendable (Value) throws -> Result
  ) async throws -> Result {
    try await eventLoop.submit { try body(value) }.get()
  }
}
