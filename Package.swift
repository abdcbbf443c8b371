// swift-tools-version: 6.2
// The target graph is the architecture: imports go downward only (ARCHITECTURE.md).
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

// The static FoundationEssentials needs its two companions by name; lld, since gold warns about Foundation's own use of mktemp.
let staticRuntime = ["-use-ld=lld", "-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims"]

let trees: Target.Dependency = .product(name: "HashTreeCollections", package: "swift-collections")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func module(_ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "certctl",
    platforms: [.macOS(.v26)],
    products: [.executable(name: "certctl", targets: ["certctl"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    ],
    targets: [
        // C libraries: module maps and static-inline shims, no logic.
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CLDNS", pkgConfig: "ldns", providers: [.apt(["libldns-dev"])]),
        .systemLibrary(name: "CPSL", pkgConfig: "libpsl", providers: [.apt(["libpsl-dev"])]),
        // Functions of the BoringSSL inside of swift-nio-ssl.
        .systemLibrary(name: "CBoringSSLContext"),

        // Vocabulary.
        module("Core", ["CIDN2"]),
        module("Telemetry", ["Core", logging]),

        // Foreign bytes in, values out; one importer per C library.
        module("PKI", ["Core", "COpenSSL"]),
        module("HTTPClient", ["Core", "CCurl"]),
        module("Manifests", ["Core", "CYAML"]),
        module("HTTP1", ["Core"]),
        module("DNS", ["Core", "CLDNS", logging]),

        // What the vocabulary of traces is for: spans to a collector.
        module("TraceExport", ["Core", "HTTPClient", "Telemetry", logging]),

        // Objects and where they are kept.
        module("KubernetesAPI", ["Core", "Manifests"]),
        module("Store", ["Core", "Manifests", "KubernetesAPI", trees, logging]),

        // The cluster: its API over HTTP, and the same store kept there.
        module("KubernetesClient", ["Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", logging]),
        module("ClusterStore", ["Core", "HTTPClient", "Manifests", "KubernetesAPI", "KubernetesClient", "Store", trees, logging]),

        // Decisions: pure functions and state machines.
        module("Policies", ["Core", "Manifests"], resources: [.embedInCode("Profiles")]),
        module("Routing", ["Core", "KubernetesAPI", "Store", trees]),
        module("Certificates", ["Core", "PKI", "Policies", "KubernetesAPI", "Store", "Routing", trees]),
        module("ACME", ["Core", "PKI"]),
        module("CALimits", ["Core", "CPSL", "Manifests", trees], resources: [.embedInCode("Shipped")]),
        module("DNSProviders", ["Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", "DNS", logging]),

        // Control plane and data plane.
        module(
            "Issuance",
            [
                "Core", "PKI", "HTTPClient", "ACME", "DNS", "DNSProviders", "CALimits", "Policies", "KubernetesAPI", "Store", "Routing",
                "Certificates", "Telemetry", trees, logging,
            ]),
        // A fleet of certificates in virtual time.
        module("FleetSimulation", ["Core", "CALimits", "KubernetesAPI", "Store", "Issuance"]),
        .executableTarget(name: "simulate-fleet", dependencies: ["FleetSimulation"], swiftSettings: strict),
        // CPU per lookup among many hosts; a program, not a test.
        .executableTarget(name: "bench-routing", dependencies: ["Core", "KubernetesAPI", "Store", "Routing"], swiftSettings: strict),
        // What the control plane knows, told to the cluster: events and statuses.
        module(
            "ClusterReporting",
            ["Core", "Manifests", "KubernetesAPI", "KubernetesClient", "Store", "Routing", "Issuance", trees, logging]),
        // What is wrong, told to people: rules over facts, and webhooks.
        module(
            "Alerts",
            ["Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", "Store", "Issuance", logging]),
        module(
            "Proxy",
            [
                "Core", "PKI", "HTTP1", "Policies", "Routing", "Certificates", "Telemetry", "CBoringSSLContext", nioSSL, nioTLS, logging,
            ] + nio),
        module(
            "Admin",
            [
                "Core", "PKI", "HTTPClient", "CALimits", "KubernetesAPI", "Store", "Routing", "Certificates", "Issuance", "Alerts", "Proxy",
                "Telemetry", trees, logging, nioHTTP1,
            ] + nio,
            resources: [.embedInCode("Dashboard/Page")]),

        .executableTarget(
            name: "certctl",
            dependencies: [
                "Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", "KubernetesClient", "Store", "ClusterStore", "Policies",
                "Routing", "Certificates", "ACME", "DNS", "DNSProviders", "CALimits", "Issuance", "ClusterReporting", "Alerts", "Proxy",
                "Telemetry", "TraceExport",
                "Admin", arguments, logging, nioSSL, trees,
            ] + nio,
            swiftSettings: strict,
            // One file to copy. Measured besides: calls into the Swift runtime without the detour of a shared library save an eighth
            // of the CPU per request.
            linkerSettings: [.unsafeFlags(staticRuntime, .when(configuration: .release))]),

        // Every fake; never in a product.
        module(
            "TestKit",
            ["Core", "PKI", "ACME", "Manifests", "KubernetesAPI", "KubernetesClient", "Store", "HTTPClient", nioHTTP1, nioSSL] + nio),

        tests("CoreTests", ["Core"]),
        tests("TelemetryTests", ["Core", "Telemetry", logging]),
        tests("TraceExportTests", ["Core", "HTTPClient", "Telemetry", "TraceExport", "TestKit", logging]),
        tests("PKITests", ["Core", "PKI", "TestKit"]),
        tests("HTTPClientTests", ["Core", "HTTPClient"]),
        tests("ManifestsTests", ["Core", "Manifests"]),
        tests("HTTP1Tests", ["Core", "HTTP1", nioHTTP1] + nio + [.product(name: "NIOEmbedded", package: "swift-nio")]),
        tests("StoreTests", ["Core", "Manifests", "KubernetesAPI", "Store", trees, logging]),
        tests(
            "KubernetesClientTests",
            ["Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", "KubernetesClient", "TestKit", logging]),
        tests(
            "ClusterStoreTests",
            [
                "Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", "KubernetesClient", "Store", "ClusterStore", "TestKit", trees,
                logging,
            ]),
        tests(
            "ClusterReportingTests",
            [
                "Core", "Certificates", "HTTPClient", "Issuance", "Manifests", "KubernetesAPI", "KubernetesClient", "PKI", "Policies",
                "Store", "Routing",
                "ClusterReporting", "TestKit", trees, logging,
            ]),
        tests("PoliciesTests", ["Core", "Manifests", "Policies"]),
        tests("DNSTests", ["Core", "DNS", "TestKit", logging]),
        tests(
            "DNSProvidersTests",
            ["Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", "DNS", "DNSProviders", "TestKit", logging] + nio + [nioHTTP1]),
        tests("CALimitsTests", ["Core", "Manifests", "CALimits", "TestKit"]),
        tests("RoutingTests", ["Core", "KubernetesAPI", "Store", "Routing", "TestKit"]),
        tests(
            "CertificatesTests", ["Core", "PKI", "Policies", "Manifests", "KubernetesAPI", "Store", "Routing", "Certificates", "TestKit"]),
        tests("ACMETests", ["Core", "PKI", "ACME", "HTTPClient", "Issuance", "TestKit"]),
        tests(
            "IssuanceTests",
            [
                "Core", "PKI", "HTTPClient", "ACME", "DNS", "DNSProviders", "CALimits", "Policies", "KubernetesAPI", "Store", "Routing",
                "Certificates", "Issuance", "FleetSimulation", "Telemetry", "TestKit", trees, logging,
            ]),
        tests(
            "AlertsTests",
            ["Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", "Store", "Issuance", "Alerts", "TestKit", logging]),
        tests(
            "ProxyTests",
            [
                "Core", "PKI", "HTTP1", "Manifests", "Policies", "Routing", "Certificates", "Proxy", "Telemetry", "KubernetesAPI", "Store",
                "TestKit", nioSSL, logging, trees,
            ] + nio
                + [.product(name: "NIOEmbedded", package: "swift-nio")]),
        tests(
            "AdminTests",
            [
                "CALimits", "Core", "PKI", "HTTP1", "KubernetesAPI", "Store", "Routing", "Certificates", "Issuance", "Alerts", "Proxy",
                "Telemetry", "Admin", "HTTPClient", "TestKit", logging, nioHTTP1,
            ]),
        tests("CertctlTests", ["certctl", "Admin", "Core", "Issuance", "PKI", "TestKit"]),
        tests(
            "EndToEndTests",
            ["certctl", "TestKit"]),
        tests(
            "ClusterTests",
            [
                "certctl", "Core", "PKI", "HTTPClient", "Manifests", "KubernetesAPI", "KubernetesClient", "Store", "ClusterStore",
                "TestKit",
                trees, logging,
            ]),
    ],
    swiftLanguageModes: [.v6]
)
