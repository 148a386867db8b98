// swift-tools-version: 6.2
import PackageDescription

// Everything is isolated to event loops, so that accesses cannot overlap but by reentrance, which the
// tests, built for debugging, look for.
let swiftSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]
// For modules whose types are generic over those of their users, or whose calls are small and many:
// the users get code for their own types, rather than code that asks at run time what these are.
let inlinedSettings: [SwiftSetting] =
  swiftSettings + [
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
  ]
let cSettings: [CSetting] = [.treatAllWarnings(as: .error), .enableWarning("all")]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")
let atomics: Target.Dependency = .product(name: "Atomics", package: "swift-atomics")

let package = Package(
  name: "perigee",
  products: [
    .executable(name: "perigee", targets: ["perigee"]),
    .library(name: "LuaRuntime", targets: ["LuaRuntime"]),
    .library(name: "RealtimeProtocol", targets: ["RealtimeProtocol"]),
    .library(name: "PubSub", targets: ["PubSub"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
  ],
  targets: [
    .systemLibrary(name: "CEpollSystem"),
    .systemLibrary(name: "CZlibSystem", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CSQLiteSystem", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(
      name: "CNATSSystem", pkgConfig: "libnats", providers: [.apt(["libnats-dev", "pkg-config"])]),
    .systemLibrary(name: "CRedisSystem", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(
      name: "CAMQPSystem", pkgConfig: "librabbitmq",
      providers: [.apt(["librabbitmq-dev", "pkg-config"])]),
    .systemLibrary(
      name: "CMongoSystem", pkgConfig: "libmongoc-1.0",
      providers: [.apt(["libmongoc-dev", "pkg-config"])]),
    // Lua is linked in: calls through the procedure linkage table cost scripts a tenth of their speed.
    .target(
      name: "CLua", cSettings: cSettings,
      linkerSettings: [.linkedLibrary(":liblua5.4.a"), .linkedLibrary("m")]),
    .target(
      name: "LuaRuntime", dependencies: ["CLua"],
      resources: [.embedInCode("Types"), .embedInCode("Prelude")],
      swiftSettings: inlinedSettings),
    .target(name: "RealtimeProtocol", dependencies: [nioCore], swiftSettings: inlinedSettings),
    .target(
      name: "Transport",
      dependencies: [
        "RealtimeProtocol", "CEpollSystem", "CZlibSystem", nioCore, nioPosix, nioHTTP1, nioHTTP2,
        nioTLS, nioSSL, logging, atomics,
      ],
      swiftSettings: swiftSettings),
    .target(name: "PubSub", dependencies: [nioCore], swiftSettings: inlinedSettings),
    .target(
      name: "PubSubRedis", dependencies: ["PubSub", "CRedisSystem", nioCore],
      resources: [.embedInCode("Scripts")],
      swiftSettings: swiftSettings),
    .target(
      name: "PubSubNATS", dependencies: ["PubSub", "CNATSSystem", nioCore],
      swiftSettings: swiftSettings),
    .target(
      name: "PubSubAMQP", dependencies: ["PubSub", "CAMQPSystem", nioCore],
      swiftSettings: swiftSettings),
    .target(
      name: "PubSubMongo", dependencies: ["PubSub", "CMongoSystem", nioCore],
      swiftSettings: swiftSettings),
    .target(
      name: "Browser", resources: [.embedInCode("Scripts"), .embedInCode("Minified")],
      swiftSettings: swiftSettings),
    .target(name: "Reactive", swiftSettings: swiftSettings),
    .target(
      name: "AppHost",
      dependencies: [
        "LuaRuntime", "RealtimeProtocol", "Transport", "PubSub", "PubSubRedis", "PubSubNATS",
        "PubSubAMQP", "PubSubMongo", "Reactive", "Browser",
        "CSQLiteSystem", nioCore, nioPosix, logging, atomics, crypto,
        .product(name: "TOMLKit", package: "TOMLKit"),
      ],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "perigee",
      dependencies: [
        "AppHost", .product(name: "ArgumentParser", package: "swift-argument-parser"), logging,
        nioCore, lifecycle, .product(name: "X509", package: "swift-certificates"), crypto,
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "RealtimeProtocolTests", dependencies: ["RealtimeProtocol", nioCore],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "TransportTests",
      dependencies: [
        "Transport", nioCore, nioPosix, nioHTTP1, nioHTTP2, nioSSL, nioTLS, nioEmbedded, atomics,
      ],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "LuaRuntimeTests", dependencies: ["LuaRuntime"], swiftSettings: swiftSettings),
    .testTarget(
      name: "PubSubTests", dependencies: ["PubSub", nioCore, nioEmbedded],
      swiftSettings: swiftSettings),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "PubSub", "PubSubRedis", "CRedisSystem", "PubSubNATS", "CNATSSystem", "PubSubAMQP",
        "CAMQPSystem", "PubSubMongo", "AppHost", nioCore, nioPosix,
      ],
      swiftSettings: swiftSettings),
    .testTarget(name: "ReactiveTests", dependencies: ["Reactive"], swiftSettings: swiftSettings),
    .testTarget(
      name: "AppHostTests", dependencies: ["AppHost", "Reactive", nioCore, nioPosix, logging],
      swiftSettings: swiftSettings),
  ]
)
