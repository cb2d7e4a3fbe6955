// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: language mode 6, warnings are errors, an import is internal unless it says otherwise.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  // An async function runs where its caller does. Without it each call asks the runtime for the executor: 6 % of a request.
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
  name: "tributary",
  platforms: [.macOS(.v15)],
  products: [.executable(name: "tributary", targets: ["Tributary"])],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-distributed-tracing.git", exact: "1.7.3"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
  ],
  targets: [
    // The executable: subcommands and the composition root.
    .executableTarget(
      name: "Tributary",
      dependencies: [
        "Gateway", "Aggregation", "Caching", "Clients", "EventLoops", "Identity", "MetricsExport", "RateLimiting", "Redis",
        "Resilience", "Settings", "Simulation",
        "TraceExport", "Upstreams",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    // The whole gateway without a network: what it answers when some of its upstreams fail.
    .target(
      name: "Simulation",
      dependencies: [
        "Aggregation", "Caching", "Clients", "EventLoops", "Gateway", "RawJSON", "Resilience", "Settings", "Upstreams",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // The HTTP edge. Only this target imports Hummingbird.
    .target(
      name: "Gateway",
      dependencies: [
        "Aggregation", "CBrotli", "CWebAssets", "CZlib", "Clients", "EventLoops", "Identity", "RateLimiting", "RawJSON",
        "Resilience",
        "Settings",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    // The files of the pages that the gateway shows, embedded (C23), so that the binary stays one file.
    .target(name: "CWebAssets", exclude: ["files"], cSettings: [.unsafeFlags(["-std=c23"])]),
    // Compression of answers: brotli's encoder, and zlib.
    .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlienc", providers: [.apt(["libbrotli-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Sections into documents. Knows no socket.
    .target(
      name: "Aggregation",
      dependencies: [
        "Caching", "Clients", "EventLoops", "RawJSON", "Resilience", "Settings",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // The section cache: keys, freshness, memory, what replicas share, coalescing. Knows no document.
    .target(
      name: "Caching",
      dependencies: [
        "CLZ4", "EventLoops", "Redis", "Resilience", "Settings",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // Redis on the event loop: one server, a cluster, or behind sentinels. Only this target knows hiredis.
    .target(
      name: "Redis",
      dependencies: [
        "CHiredis", "EventLoops", "Resilience", "Settings",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),
    // Who calls: tokens, API keys, principals. Knows no HTTP server.
    .target(
      name: "Identity",
      dependencies: [
        "Clients", "EventLoops", "Resilience", "Settings",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "JWTKit", package: "jwt-kit"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // How much anybody may ask: limits of one process, and of all replicas on one Redis. Knows no HTTP server.
    .target(
      name: "RateLimiting",
      dependencies: [
        "EventLoops", "Redis", "Resilience", "Settings",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // Compression of what lies in Redis.
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    // Found where Debian puts it: its pkg-config file would add a flag that the package manager warns of.
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    // Upstream clients: transport on the event loop, and the policies around a call.
    .target(
      name: "Clients",
      dependencies: [
        "EventLoops", "Resilience", "Settings",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    // Spans: sampled, batched, sent to a collector. Knows no request of ours.
    .target(
      name: "TraceExport",
      dependencies: [
        "Clients", "EventLoops", "Resilience", "Settings",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    // Pure policies: no I/O, no HTTP, no clock.
    .target(name: "Resilience", swiftSettings: strict),
    // Validated JSON kept as bytes.
    .target(name: "RawJSON", dependencies: ["CSimdjson"], swiftSettings: strict),
    .target(
      name: "CSimdjson", cxxSettings: [.unsafeFlags(["-O3"], .when(configuration: .debug))],
      linkerSettings: [.linkedLibrary("simdjson")]),
    // Settings from YAML, environment and options, with the place of every problem.
    .target(
      name: "Settings",
      dependencies: [
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: strict),
    // Metrics: the backend of swift-metrics, counted on each loop and added up when a page of them is asked for.
    .target(
      name: "MetricsExport",
      dependencies: [
        "EventLoops",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // One request, one thread: the task executor of an event loop.
    .target(
      name: "EventLoops",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    // The four fake services of `tributary demo` and of the tests.
    .target(
      name: "Upstreams",
      dependencies: [
        "RawJSON",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict),

    // Tests, a target for each target above, and those that look at the whole.
    .target(
      name: "TestSupport",
      dependencies: [
        "CBrotliDecoder", "CZlib",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
    // A client of a real or a fake Redis, as tests use it.
    .target(
      name: "RedisTestSupport",
      dependencies: [
        "EventLoops", "Redis", "Settings",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "Tests/RedisTestSupport", swiftSettings: strict),
    // What reads back what the gateway's encoder wrote.
    .systemLibrary(
      name: "CBrotliDecoder", path: "Tests/CBrotliDecoder", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
    .testTarget(name: "ResilienceTests", dependencies: ["Resilience", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "RawJSONTests", dependencies: ["RawJSON", "CSimdjson", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SettingsTests",
      dependencies: ["Settings"],
      swiftSettings: strict),
    .testTarget(
      name: "EventLoopsTests",
      dependencies: [
        "EventLoops",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MetricsExportTests",
      dependencies: [
        "EventLoops", "MetricsExport", "TestSupport",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "CachingTests",
      dependencies: [
        "Caching", "EventLoops", "Redis", "RedisTestSupport", "Resilience", "Settings", "TestSupport",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RedisTests",
      dependencies: [
        "EventLoops", "Redis", "RedisTestSupport", "Resilience", "Settings", "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "IdentityTests",
      dependencies: [
        "Clients", "EventLoops", "Identity", "Resilience", "Settings", "TestSupport",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "JWTKit", package: "jwt-kit"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RateLimitingTests",
      dependencies: [
        "EventLoops", "RateLimiting", "Redis", "RedisTestSupport", "Resilience", "Settings", "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ClientsTests",
      dependencies: [
        "Clients", "EventLoops", "Resilience", "Settings", "TestSupport",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TraceExportTests",
      dependencies: [
        "Clients", "EventLoops", "Settings", "TestSupport", "TraceExport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "UpstreamsTests",
      dependencies: [
        "Upstreams", "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "AggregationTests",
      dependencies: [
        "Aggregation", "Caching", "Clients", "EventLoops", "RawJSON", "Resilience", "Settings", "Upstreams", "TestSupport",
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "MetricsTestKit", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "GatewayTests",
      dependencies: [
        "Gateway", "Aggregation", "Clients", "EventLoops", "Identity", "RateLimiting", "Resilience", "Settings", "Upstreams",
        "MetricsExport", "TestSupport",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHPACK", package: "swift-nio-http2"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "Tracing", package: "swift-distributed-tracing"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Aggregation", "Caching", "Clients", "Gateway", "Resilience", "Settings", "Simulation",
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TributaryTests", dependencies: ["Tributary", "Aggregation", "Clients", "Settings"], swiftSettings: strict),
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "TestSupport", "Upstreams",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      exclude: ["Broken"],
      swiftSettings: strict),
  ],
  cxxLanguageStandard: .cxx17
)
