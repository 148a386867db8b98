// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "perigee-benchmarks",
  products: [.executable(name: "perigee-dispatch", targets: ["perigee-dispatch"])],
  dependencies: [.package(name: "perigee", path: "..")],
  targets: [
    .executableTarget(
      name: "perigee-dispatch",
      dependencies: [.product(name: "LuaRuntime", package: "perigee")],
      swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
  ]
)
