import Foundation
import Testing

/// The arrows between targets, as `swift package describe --type json` tells them, against the ones that the design allows.
@Suite struct LayeringTests {
  /// Below each target: what it may use. Whatever is not listed here may not be used.
  private static let allowed: [String: Set<String>] = [
    "Tributary": [
      "Gateway", "Aggregation", "Caching", "Clients", "EventLoops", "Identity", "MetricsExport", "RateLimiting", "Redis",
      "Resilience", "Settings", "Simulation", "TraceExport", "Upstreams",
    ],
    "Simulation": [
      "Aggregation", "Caching", "Clients", "EventLoops", "Gateway", "RawJSON", "Resilience", "Settings", "Upstreams",
    ],
    "Gateway": [
      "Aggregation", "CBrotli", "CWebAssets", "CZlib", "Clients", "EventLoops", "Identity", "RateLimiting", "RawJSON",
      "Resilience",
      "Settings",
    ],
    "Aggregation": ["Caching", "Clients", "EventLoops", "RawJSON", "Resilience", "Settings"],
    "Caching": ["CLZ4", "EventLoops", "Redis", "Resilience", "Settings"],
    "Redis": ["CHiredis", "EventLoops", "Resilience", "Settings"],
    "Identity": ["Clients", "EventLoops", "Resilience", "Settings"],
    "RateLimiting": ["EventLoops", "Redis", "Resilience", "Settings"],
    "TraceExport": ["Clients", "EventLoops", "Resilience", "Settings"],
    "CHiredis": [],
    "CLZ4": [],
    "CBrotli": [],
    "CWebAssets": [],
    "CBrotliDecoder": [],
    "CZlib": [],
    "Clients": ["EventLoops", "Resilience", "Settings"],
    "RawJSON": ["CSimdjson"],
    "CSimdjson": [],
    "MetricsExport": ["EventLoops"],
    "Resilience": [],
    "Settings": [],
    "EventLoops": [],
    "Upstreams": ["RawJSON"],
    "RedisTestSupport": ["EventLoops", "Redis", "Settings"],
    "TestSupport": ["CBrotliDecoder", "CZlib"],
  ]

  /// Libraries, and the targets that alone may use them.
  private static let reserved: [String: Set<String>] = [
    "Hummingbird": ["Gateway"], "NIOSSL": ["Clients", "Gateway", "Redis"], "NIOHTTP2": ["Gateway"], "NIOHPACK": ["Gateway"],
    "Crypto": ["Caching", "Gateway", "Identity", "RateLimiting"],
    "JWTKit": ["Identity"], "Yams": ["Settings"],
    "ArgumentParser": ["Tributary"],
  ]

  @Test func arrowsOnlyGoDown() throws {
    for target in try Self.targets() {
      let allowed = try #require(Self.allowed[target.name], "\(target.name) is not in the design")
      #expect(Set(target.dependencies).subtracting(allowed).isEmpty, "\(target.name) reaches too far")
    }
  }

  @Test func aLibraryIsKnownInOnePlace() throws {
    for target in try Self.targets() {
      for (library, owners) in Self.reserved where !owners.contains(target.name) {
        #expect(!target.products.contains(library), "\(target.name) uses \(library), which belongs to \(owners.sorted())")
      }
    }
  }

  @Test(arguments: ["Resilience", "RawJSON"]) func thePureTargetsKnowNoLibrary(name: String) throws {
    let target = try #require(try Self.targets().first { $0.name == name })
    #expect(target.products.isEmpty)
  }

  private struct Target {
    let name: String
    let dependencies: [String]
    let products: [String]
  }

  private struct Description: Decodable {
    struct Target: Decodable {
      let name: String
      let type: String
      let targetDependencies: [String]?
      let productDependencies: [String]?
    }
    let targets: [Target]
  }

  private static func targets() throws -> [Target] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // Its own scratch folder: the one of the running tests is locked by the test runner.
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("tributary-describe-\(UUID().uuidString)")
    defer { do { try FileManager.default.removeItem(at: scratch) } catch { Issue.record(error) } }
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    process.arguments = [
      "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path, "describe", "--type", "json",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Description.self, from: data).targets.filter { $0.type != "test" }.map {
      Target(name: $0.name, dependencies: $0.targetDependencies ?? [], products: $0.productDependencies ?? [])
    }
  }
}
