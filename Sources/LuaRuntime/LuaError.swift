import CLua

/// What went wrong in a script: why, where, and by which way it got there.
public struct LuaError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: UInt8, Sendable {
    /// The source does not compile.
    case syntax = 1
    /// The script raised an error.
    case runtime = 2
    /// The app's memory is used up.
    case memory = 3
    /// The run took longer than its budget of processor time, or four times that by the clock.
    case time = 4
    /// The run executed more instructions than its budget.
    case instructions = 5
    /// A named bound was reached, such as the number of suspended handlers.
    case limit = 6
    /// The state cannot do this now, such as a call from within the handshake query.
    case state = 7
  }

  public var code: Code
  /// The script's own message, without position.
  public var message: String
  /// The script's file as the host named it.
  public var file: String?
  /// The line in `file`, from 1.
  public var line: Int?
  /// The calls that led there, one a line.
  public var traceback: String?

  public init(
    code: Code, message: String, file: String? = nil, line: Int? = nil, traceback: String? = nil
  ) {
    self.code = code
    self.message = message
    self.file = file
    self.line = line
    self.traceback = traceback
  }

  /// `file:line: message`, as far as they are known.
  public var description: String {
    switch (file, line) {
    case (let file?, let line?): "\(file):\(line): \(message)"
    case (let file?, nil): "\(file): \(message)"
    default: message
    }
  }
}

extension LuaError {
  init(_ failure: pg_failure) {
    self.init(
      code: Code(rawValue: UInt8(truncatingIfNeeded: failure.code.rawValue)) ?? .runtime,
      message: failure.message.map { String(cString: $0) } ?? "unknown error",
      file: failure.file.map { String(cString: $0) },
      line: failure.line > 0 ? Int(failure.line) : nil,
      traceback: failure.traceback.map { String(cString: $0) })
  }
}
