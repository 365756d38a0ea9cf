// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func nio(_ name: String) -> Target.Dependency { .product(name: name, package: "swift-nio") }
let locks = nio("NIOConcurrencyHelpers")
let collections = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let example: [Target.Dependency] = [
    "Halley", nio("NIOCore"), logging, lifecycle, .product(name: "UnixSignals", package: "swift-service-lifecycle"),
    .product(name: "ArgumentParser", package: "swift-argument-parser"),
]

let package = Package(
    name: "halley",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Halley", targets: ["Halley"]),
        .library(name: "HalleyHub", targets: ["HalleyHub"]),
        .library(name: "HalleyClient", targets: ["HalleyClient"]),
        .executable(name: "halley", targets: ["HalleyCLI"]),
        .executable(name: "halley-counts", targets: ["HalleyCounts"]),
        .executable(name: "halley-simulation", targets: ["HalleySimulationCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.0"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/jpsim/Yams", "5.4.0"..<"7.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // Bytes and values: codecs and session state machines, without I/O, clock or lock.
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "CMemory"),
        .target(name: "HalleyWire", dependencies: ["CZlib", nio("NIOCore")], swiftSettings: strict),
        // The domain: topics, the log, cursors, who gets what.
        .target(
            name: "HalleyHub",
            dependencies: ["HalleyWire", nio("NIOCore"), locks, collections],
            swiftSettings: strict
        ),
        // Pages and scripts, embedded in the binary.
        .target(
            name: "HalleyWeb",
            path: "Web",
            resources: [.embedInCode("index.html"), .embedInCode("page.css"), .embedInCode("page.js")],
            swiftSettings: [.enableUpcomingFeature("ExistentialAny")]
        ),
        // The server, as a library.
        .target(
            name: "Halley",
            dependencies: [
                "CMemory", "HalleyWire", "HalleyHub", "HalleyWeb", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"),
                locks, collections, logging, metrics, lifecycle,
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "HalleyClient",
            dependencies: [
                "HalleyWire", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOWebSocket"),
                locks, logging, .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ],
            swiftSettings: strict
        ),
        // The load generator.
        .target(
            name: "HalleyBench",
            dependencies: [
                "HalleyWire", nio("NIOCore"), nio("NIOPosix"),
                .product(name: "Histogram", package: "hdrhistogram-swift"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "HalleyCLI",
            dependencies: [
                "Halley", "HalleyHub", "HalleyClient", "HalleyBench", nio("NIOCore"), logging, lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strict
        ),
        // The seeded simulation of the hub: a library for the unit tests, a program for long runs.
        .target(name: "HalleySimulation", dependencies: ["HalleyHub", nio("NIOCore"), locks], swiftSettings: strict),
        .executableTarget(
            name: "HalleySimulationCLI",
            dependencies: [
                "HalleySimulation", locks, .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict
        ),
        // The examples are targets here, not packages of their own: those would build all dependencies anew, each of them.
        .executableTarget(
            name: "Conformance", dependencies: example, path: "Examples/Conformance", swiftSettings: strict),
        .executableTarget(
            name: "EchoProtocol", dependencies: example, path: "Examples/EchoProtocol",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "Members", dependencies: example + ["HalleyHub"], path: "Examples/Members", swiftSettings: strict),
        // Costs that do not vary, for a test to hold.
        .target(name: "CAllocations", path: "Benchmarks/CAllocations"),
        .executableTarget(
            name: "HalleyCounts",
            dependencies: [
                "CAllocations", "Halley", "HalleyHub", "HalleyWire", nio("NIOCore"), locks,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Benchmarks/Counts", exclude: ["check", "limits.tsv"], swiftSettings: strict),
        .testTarget(
            name: "HalleyWireTests",
            dependencies: ["HalleyWire", nio("NIOCore"), nio("NIOEmbedded"), nio("NIOHTTP1")], swiftSettings: strict
        ),
        .testTarget(
            name: "HalleyHubTests",
            dependencies: ["HalleyHub", "HalleySimulation", nio("NIOCore"), nio("NIOPosix"), locks],
            swiftSettings: strict
        ),
        .testTarget(name: "HalleyBenchTests", dependencies: ["HalleyBench", nio("NIOCore")], swiftSettings: strict),
        .testTarget(
            name: "HalleyClientTests",
            dependencies: [
                "HalleyClient", nio("NIOCore"), nio("NIOPosix"), nio("NIOHTTP1"), nio("NIOWebSocket"), locks,
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "HalleyTests",
            dependencies: [
                "Halley", "HalleyHub", "HalleySimulation", "HalleyWire", nio("NIOCore"), nio("NIOPosix"),
                nio("NIOEmbedded"), nio("NIOHTTP1"), nio("NIOWebSocket"), locks, logging,
            ],
            swiftSettings: strict
        ),
    ]
)

// What the thread sanitizer looks at: without the programs, and what only they and the client need.
if Context.environment["HALLEY_CORE_ONLY"] != nil {
    let core: Set = [
        "CZlib", "CMemory", "HalleyWire", "HalleyHub", "HalleyWeb", "Halley", "HalleySimulation", "HalleyWireTests",
        "HalleyHubTests", "HalleyTests",
    ]
    package.targets.removeAll { !core.contains($0.name) }
    package.products.removeAll { !core.contains($0.name) }
    package.dependencies.removeAll { dependency in
        guard case .sourceControl(_, let location, _) = dependency.kind else { return false }
        return ["async-http-client", "swift-nio-ssl", "hdrhistogram-swift", "Yams", "swift-configuration"].contains {
            location.hasSuffix($0)
        }
    }
}

// Fuzz/README.md: they need libFuzzer's flags, and so are no part of a common build.
if Context.environment["HALLEY_FUZZ"] != nil {
    package.targets += ["HTTP1", "WebSocket", "Inflater", "Handshake"].map { name in
        .executableTarget(
            name: "Fuzz\(name)", dependencies: ["HalleyWire", nio("NIOCore")], path: "Fuzz/\(name)",
            exclude: ["corpus"],
            swiftSettings: [.unsafeFlags(["-parse-as-library", "-enable-experimental-feature", "Extern"])])
    }
}
