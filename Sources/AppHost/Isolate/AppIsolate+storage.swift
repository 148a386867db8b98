// What of an app outlives the process: its persistent models. Changes are handed to the store a moment
// after they were made, those of that moment together; the store does what takes time.

import LuaRuntime
import NIOCore

extension AppIsolate {
  /// How long a change may wait for others.
  private static let keepDelay = TimeAmount.milliseconds(200)

  /// Has changed models stored soon. Called after each run.
  func keepSoon() {
    guard store != nil, !isKeepScheduled, lua?.keepIsDue == true else { return }
    isKeepScheduled = true
    eventLoop.scheduleTask(in: Self.keepDelay) { [weak self] in self?.submit([.keep]) }
  }

  /// Hands changed models over.
  func keepChanges() {
    guard let store, let lua, lua.keepIsDue else { return }
    performCommands()
    lua.keep()
    for command in lua.outbox where command.kind == .keep {
      let value = command.body.isEmpty ? nil : Array(command.body)
      store.save(value, as: command.text, of: name)
    }
    lua.clearOutbox()
  }

  /// What is to be loaded: the source's program, with what is stored. Blocks on the disk.
  func storedProgram(of source: AppSource) -> LuaProgram {
    var program = source.program
    // Models live where there is one worker.
    if let store, worker.resources.workerCount == 1 { program.kept = store.values(of: name) }
    return program
  }
}
