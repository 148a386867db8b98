/// A stretch of a page.
enum PagePiece: Sendable {
  case html([UInt8])
}

struct PageParser {
  var bindings: [Binding] = []
  var widgets: [WidgetUse] = []
  var problems: [ReactiveError] = []
  var pieces: [PagePiece] = []
  let source: [UInt8]

  init(source: [UInt8], name: String) { self.source = source }

  mutating func parse() { pieces = [.html(source)] }

  static func isLive(_ html: [UInt8]) -> Bool {
    let text = SourceText(bytes: html, name: "")
    return ["bind=\"/", "<perigee-widget", "{{{ widget", "{{{widget"].contains {
      text.find(Array($0.utf8), from: 0) != nil
    }
  }
}
