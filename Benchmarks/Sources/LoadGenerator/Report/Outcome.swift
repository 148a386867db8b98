// What a scenario found out, in the form that tables and `--json` share.

/// One number with its name and unit.
public struct Figure: Codable, Equatable, Sendable {
  public var name: String
  public var value: Double
  public var unit: String

  public init(_ name: String, _ value: Double, _ unit: String) {
    self.name = name
    self.value = value
    self.unit = unit
  }
}

/// One run of one scenario.
public struct Outcome: Codable, Sendable {
  public var scenario: String
  /// The settings that make figures comparable, such as "64 connections, 16 in flight".
  public var setting: String
  public var figures: [Figure]

  /// The median of every figure over runs of the same scenario; one run is its own median.
  public static func median(of runs: [Outcome]) -> Outcome? {
    guard var median = runs.first else { return nil }
    for index in median.figures.indices {
      let name = median.figures[index].name
      let values = runs.compactMap { run in run.figures.first { $0.name == name }?.value }.sorted()
      let upper = values.count / 2
      median.figures[index].value =
        values.count.isMultiple(of: 2) ? (values[upper - 1] + values[upper]) / 2 : values[upper]
    }
    return median
  }
}
