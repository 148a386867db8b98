import Testing

@testable import AppHost

@Suite struct RouteTableFuzz {
  @Test("the best of all routes that fit is found, however they are ordered")
  func best() {
    Fuzz.run { generator in
      let routes = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        PlainRoute(&generator)
      }
      let table = RouteTable(keys: routes.map(\.key).shuffled(using: &generator))
      for _ in 0..<4 {
        let path = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
          ["a", "b", "c"].randomElement(using: &generator) ?? "a"
        }
        let method = ["GET", "POST"].randomElement(using: &generator) ?? "GET"
        let best = routes.filter { $0.method == method || $0.method == "ANY" }
          .filter { $0.fits(path) }.min { $0.precedes($1) }
        let text = path.map { "/" + $0 }.joined()
        switch table.match(method: method, path: text) {
        case .route(let key, _): #expect(key == best?.key)
        case .otherMethods(let methods):
          #expect(best == nil)
          #expect(Set(methods) == Set(routes.filter { $0.fits(path) }.map(\.method)))
        case .none:
          #expect(best == nil)
          #expect(!routes.contains { $0.fits(path) })
        }
      }
    }
  }
}

/// A route without any parsing.
private struct PlainRoute {
  let method: String
  let segments: [String]

  init(_ generator: inout SeededGenerator) {
    method = ["GET", "POST", "ANY"].randomElement(using: &generator) ?? "GET"
    var segments = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
      ["a", "b", ":x"].randomElement(using: &generator) ?? "a"
    }
    if Int.random(in: 0..<4, using: &generator) == 0 { segments.append("*") }
    self.segments = segments
  }

  var key: String { "\(method) /" + segments.joined(separator: "/") }

  func fits(_ path: [String]) -> Bool {
    if segments.last == "*" {
      return path.count >= segments.count - 1 && fit(path.prefix(segments.count - 1))
    }
    return path.count == segments.count && fit(path[...])
  }

  private func fit(_ path: ArraySlice<String>) -> Bool {
    zip(path, segments).allSatisfy { $1 == ":x" || $0 == $1 }
  }

  /// Segment by segment, as if the end of a path stood before all others.
  func precedes(_ other: PlainRoute) -> Bool {
    let ranks = segments.map(Self.rank)
    let others = other.segments.map(Self.rank)
    if ranks != others { return ranks.lexicographicallyPrecedes(others) }
    if (method == "ANY") != (other.method == "ANY") { return other.method == "ANY" }
    return key < other.key
  }

  private static func rank(_ segment: String) -> Int {
    segment == "*" ? 3 : segment == ":x" ? 2 : 1
  }
}
