// What a process has used so far, read from /proc. Linux only, as the host is.

import Foundation

struct ProcessUsage: Sendable {
  var cpuSeconds: Double
  var residentBytes: Int

  /// Throws `LoadError.Code.invalidSetting` when there is no such process.
  static func sample(pid: Int) throws -> ProcessUsage {
    guard
      let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
    else { throw LoadError(.invalidSetting, "there is no process \(pid) to observe") }
    return ProcessUsage(
      cpuSeconds: cpuTicks(in: stat) / Double(sysconf(Int32(_SC_CLK_TCK))),
      residentBytes: residentKilobytes(in: status) * 1024)
  }

  /// User and system time are fields 14 and 15; the name before them may itself hold spaces.
  private static func cpuTicks(in stat: String) -> Double {
    let fields = stat.suffix(after: ")").split(separator: " ")
    return fields.dropFirst(11).prefix(2).compactMap { Double($0) }.reduce(0, +)
  }

  private static func residentKilobytes(in status: String) -> Int {
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }
}

extension String {
  fileprivate func suffix(after mark: Character) -> Substring {
    lastIndex(of: mark).map { self[index(after: $0)...] } ?? self[...]
  }
}
