/// A media type, and whether files of it shrink when they are compressed.
struct ContentType: Sendable {
  let value: String
  let isText: Bool

  var isPage: Bool { value.hasPrefix("text/html") }

  /// The type of a file by the extension of its name.
  init(path: String) {
    let name = path.utf8.suffix(16)
    let dot = name.lastIndex(of: UInt8(ascii: "."))
    let ending = dot.map { Substring(name[$0...]).dropFirst().lowercased() } ?? ""
    if let text = Self.text[ending] {
      self.init(value: text, isText: true)
    } else {
      self.init(value: Self.binary[ending] ?? "application/octet-stream", isText: false)
    }
  }

  private init(value: String, isText: Bool) {
    self.value = value
    self.isText = isText
  }

  private static let text = [
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "htm": "text/html; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/vnd.microsoft.icon",
    "ics": "text/calendar; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "jsonld": "application/ld+json",
    "lua": "text/plain; charset=utf-8",
    "map": "application/json",
    "md": "text/markdown; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "otf": "font/otf",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "toml": "application/toml",
    "ttf": "font/ttf",
    "txt": "text/plain; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "wasm": "application/wasm",
    "webmanifest": "application/manifest+json",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "yml": "application/yaml",
  ]

  private static let binary = [
    "aac": "audio/aac",
    "avif": "image/avif",
    "flac": "audio/flac",
    "gif": "image/gif",
    "gz": "application/gzip",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "oga": "audio/ogg",
    "ogg": "audio/ogg",
    "ogv": "video/ogg",
    "opus": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "tar": "application/x-tar",
    "wav": "audio/wav",
    "weba": "audio/webm",
    "webm": "video/webm",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "zip": "application/zip",
  ]
}
