// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "perigee-benchmarks",
  products: [.executable(name: "perigee-load", targets: ["perigee-load"])],
  dependencies: [
    .package(name: "perigee", path: ".."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .target(
      name: "LoadGenerator",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "perigee-load",
      dependencies: [
        "LoadGenerator", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "perigee-dispatch",
      dependencies: [.product(name: "LuaRuntime", package: "perigee")],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LoadGeneratorTests",
      dependencies: ["LoadGenerator", .product(name: "NIOCore", package: "swift-nio")],
      swiftSettings: swiftSettings),
  ]
)
