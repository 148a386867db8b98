import Glibc

/// Programs that tests start.
enum ServerProcess {
  /// More than the tests have at a time; those that are not open are passed over.
  private static let others: ClosedRange<Int32> = 3...1_023

  /// Starts a program that is looked for in the path. It gets nothing of the tests': a server that held
  /// their sockets would keep connections open that were closed, and one that outlived them with their
  /// output would keep who reads that waiting.
  ///
  /// - Parameter errors: what it writes its errors to.
  /// - Returns: nil when it cannot be started.
  static func start(_ words: [String], errors: Int32? = nil) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in Int32(0)...2 {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    if let errors { posix_spawn_file_actions_adddup2(&actions, errors, 2) }
    for descriptor in others { posix_spawn_file_actions_addclose(&actions, descriptor) }
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    guard posix_spawnp(&process, words[0], &actions, nil, &arguments, environ) == 0 else {
      return nil
    }
    return process
  }

  /// Ends a program without a word to it.
  static func kill(_ process: inout pid_t) {
    guard process > 0 else { return }
    Glibc.kill(process, SIGKILL)
    waitpid(process, nil, 0)
    process = 0
  }
}
