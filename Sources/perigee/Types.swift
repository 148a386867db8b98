import ArgumentParser
import LuaRuntime

/// `perigee types`: annotations for editors.
struct Types: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the annotations of the Lua API for the Lua language server.",
    discussion: "Use it as: perigee types > types/perigee.lua")

  func run() { print(LuaIsolate.typeAnnotations, terminator: "") }
}
