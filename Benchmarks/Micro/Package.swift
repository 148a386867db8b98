// swift-tools-version: 6.2
import PackageDescription

// As in the package that is measured.
let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
let cSettings: [CSetting] = [.treatAllWarnings(as: .error), .enableWarning("all")]

// The benchmark package belongs to the target of that name alone: `perigee-micro`, which the thresholds
// are checked with, builds without it. Its own interposers are off, because CAllocations is one.
let package = Package(
  name: "perigee-micro",
  products: [.executable(name: "perigee-micro", targets: ["perigee-micro"])],
  dependencies: [
    .package(name: "perigee", path: "../.."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .target(name: "CAllocations", cSettings: cSettings),
    .target(
      name: "MicroCases",
      dependencies: [
        "CAllocations",
        .product(name: "RealtimeProtocol", package: "perigee"),
        .product(name: "PubSub", package: "perigee"),
        .product(name: "LuaRuntime", package: "perigee"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: swiftSettings),
    // Valgrind gives up at debugging information that is newer than itself; it needs only the symbols.
    .executableTarget(
      name: "perigee-micro", dependencies: ["MicroCases"], swiftSettings: swiftSettings,
      linkerSettings: [.unsafeFlags(["-Xlinker", "--strip-debug"])]),
    .executableTarget(
      name: "PerigeeMicro",
      dependencies: ["MicroCases", .product(name: "Benchmark", package: "benchmark")],
      path: "Benchmarks/PerigeeMicro", swiftSettings: swiftSettings,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
)
