import LuaRuntime

extension App {
  /// Runs the Lua statements in a handler of the script `Self.modelScript(…)` and answers the patches
  /// that came of it, as text, one for each model.
  func change(_ statements: String) -> [String] {
    send(#"["run",\#(quoted(statements))]"#).compactMap { told in
      switch told.kind {
      case .publish: told.patch ?? told.message
      case .failure: told.failure?.description
      default: nil
      }
    }
  }

  /// The value of a model as a client gets it that subscribes.
  func snapshot(_ model: String, asked: String? = nil, of socket: UInt64 = App.socket) -> String {
    let argument = asked.map { ",\(quoted($0))" } ?? ""
    let told = send(#"["subscribe",{"channel":"model:\#(model)"}\#(argument)]"#, ack: 1, to: socket)
    guard let command = told.first(where: { $0.kind == .subscribe }) else {
      return told.texts.joined(separator: "\n")
    }
    return command.rooms.first ?? "none"
  }

  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case _ where scalar.value < 0x20: result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension Told {
  /// The operations of a published patch, without the outer brackets; nil for any other command.
  var patch: String? {
    let opening = #"{"patch":["#
    guard kind == .publish, message.hasPrefix(opening), message.hasSuffix("]}") else { return nil }
    return String(message.dropFirst(opening.count).dropLast(2))
  }
}

/// A script with the model `m` and a handler that runs what it is sent.
func modelScript(_ initial: String, options: String = "{}") -> String {
  """
  m = perigee.model("m", \(initial), \(options))
  function on_run(self, text)
    return assert(load(text, "=run"))()
  end
  """
}
