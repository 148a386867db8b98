// Outcomes as text for a terminal: one block per scenario, one line per figure.

/// Lays out outcomes in aligned columns.
public struct Table: CustomStringConvertible, Sendable {
  /// The runs of each scenario; the first column of values is their median.
  private let scenarios: [[Outcome]]

  public init(scenarios: [[Outcome]]) {
    self.scenarios = scenarios
  }

  public var description: String {
    scenarios.compactMap(block).joined(separator: "\n")
  }

  private func block(_ runs: [Outcome]) -> String? {
    guard let median = Outcome.median(of: runs) else { return nil }
    var lines = ["\(median.scenario) · \(median.setting)"]
    for figure in median.figures {
      let all = runs.compactMap { run in run.figures.first { $0.name == figure.name }?.value }
      let rounds = all.count > 1 ? "   of " + all.map(format).joined(separator: "  ") : ""
      lines.append(
        "  " + pad(figure.name, to: 28) + pad(format(figure.value), to: 12, left: true)
          + " " + pad(figure.unit, to: 8) + rounds)
    }
    return lines.map(trimmed).joined(separator: "\n") + "\n"
  }

  /// Thousands apart; three decimals below a hundred.
  private func format(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let scale: Double = abs(value) >= 100 ? 1 : 1000
    let rounded = (value * scale).rounded() / scale
    guard rounded == rounded.rounded() else { return "\(rounded)" }
    var digits = "\(Int(rounded.magnitude))"
    for place in stride(from: digits.count - 3, to: 0, by: -3) {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
    }
    return rounded < 0 ? "-\(digits)" : digits
  }

  private func pad(_ text: String, to width: Int, left: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return left ? space + text : text + space
  }

  private func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
