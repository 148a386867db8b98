// The app that `perigee new` writes: a script and a page that talk to each other.

import Foundation

/// A new app's files.
public struct AppTemplate {
  private let name: String

  /// - Throws: ``HostError`` when `name` cannot be an app's name.
  public init(name: String) throws(HostError) {
    guard AppName.isValid(name) else {
      throw HostError(.name, "\(name): \(AppName.rule)")
    }
    self.name = name
  }

  /// Writes the files below the plugins folder.
  /// - Returns: their paths.
  /// - Throws: ``HostError`` when something of that name is there already or nothing can be written.
  public func write(below plugins: String) throws(HostError) -> [String] {
    let folder = "\(plugins)/\(name)"
    for path in [folder, "\(folder).lua"] where FileManager.default.fileExists(atPath: path) {
      throw HostError(.name, "\(path) is there already; choose another name")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/www", withIntermediateDirectories: true)
      return try files.map { file, text in
        let path = "\(folder)/\(file)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
      }
    } catch {
      throw HostError(.plugins, "\(folder) cannot be written", underlying: error)
    }
  }

  private var files: [(String, String)] {
    [
      ("init.lua", script), ("app.toml", manifest), ("www/index.html", page),
      ("www/app.js", client),
    ]
  }

  private var manifest: String { "title = \"\(name)\"\n" }

  private var script: String {
    """
    -- Serves the namespace /\(name). Save this file and the next event runs the new code.
    local App = {}

    local count = 0

    -- The page emits "hello"; everyone who has the page open hears of it.
    function App:on_hello(who)
      count = count + 1
      perigee.emit("greeting", { who = tostring(who), count = count })
      return count -- the ack
    end

    -- Keeps the count when this script is reloaded.
    function App.on_reload(old)
      if old then count = old.count() end
    end

    function App.count()
      return count
    end

    return App

    """
  }

  private var page: String {
    """
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(name)</title>
        <script src="/perigee.js" defer></script>
        <script src="app.js" defer></script>
      </head>
      <body>
        <h1>\(name)</h1>
        <button id="hello">Say hello</button>
        <ul id="greetings" aria-live="polite"></ul>
      </body>
    </html>

    """
  }

  private var client: String {
    """
    const socket = io("/\(name)");
    const list = document.getElementById("greetings");

    socket.on("greeting", ({ who, count }) => {
      const item = document.createElement("li");
      item.textContent = `${who} says hello: number ${count}`;
      list.append(item);
    });

    document.getElementById("hello").addEventListener("click", () => {
      socket.emit("hello", socket.id);
    });

    """
  }
}
