internal import Core
internal import FoundationEssentials
internal import Glibc
internal import HTTPClient
internal import PKI

/// Let's Encrypt's test CA (Debian's `pebble`) with its DNS server, which answers 127.0.0.1 for every name. Ends with its owner.
public final class Pebble: Sendable {
    /// How the CA misbehaves. The defaults are its own, but for the naps, which only cost time.
    public struct Settings: Sendable {
        /// Of 100 requests, how many are refused as `badNonce`.
        public var badNoncePercent = 5
        /// Of 100 orders, how many find a valid authorization already there.
        public var authorizationReusePercent = 50
        /// Whether validation begins after a random nap of up to 15 s.
        public var sleepsBeforeValidation = false
        /// Certificates between the leaf and the root.
        public var intermediates = 1

        /// Makes the defaults.
        public init() {}
    }

    /// The CA could not be started.
    public struct StartFailure: Error, CustomStringConvertible {
        /// What it wrote.
        public let description: String
    }

    /// The ACME directory.
    public let directoryURL: String
    /// What its own HTTPS is signed by, in PEM.
    public let tlsRootPEM: [UInt8]
    private let managementURL: String
    private let process: ChildProcess
    private let dns: ChildProcess
    private let folder: TemporaryFolder

    /// Whether the programs are there; tests skip loudly without.
    public static var isInstalled: Bool {
        ["pebble", "pebble-challtestsrv"].allSatisfy { unsafe access("/usr/bin/\($0)", X_OK) == 0 }
    }

    /// Starts the CA and waits until it answers.
    ///
    /// - Parameter httpPort: where it asks for http-01 challenges, at 127.0.0.1.
    public init(httpPort: Int, settings: Settings = Settings()) async throws {
        folder = try TemporaryFolder("certctl-pebble")
        let key = try PrivateKey.generate(.ecdsaP256)
        let now = Date()
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [DNSName(parsing: "localhost")], ipAddresses: ["127.0.0.1"], notBefore: now.addingTimeInterval(-3600),
            notAfter: now.addingTimeInterval(86_400), isCA: false, commonName: "pebble tls")
        let ports = try FreePort.several(3)
        tlsRootPEM = Array(PEM.encode([certificate]).utf8)
        try folder.write(PEM.encode([certificate]), to: "tls.pem")
        try folder.write(String(decoding: key.pem().copy(), as: UTF8.self), to: "tls.key")
        try folder.write(
            """
            {"pebble": {"listenAddress": "127.0.0.1:\(ports[0])", "managementListenAddress": "127.0.0.1:\(ports[1])",
            "certificate": "\(folder.path)/tls.pem", "privateKey": "\(folder.path)/tls.key", "httpPort": \(httpPort), "tlsPort": 1,
            "ocspResponderURL": "", "externalAccountBindingRequired": false}}
            """, to: "pebble.json")
        directoryURL = "https://127.0.0.1:\(ports[0])/dir"
        managementURL = "https://127.0.0.1:\(ports[1])"
        dns = try ChildProcess(
            [
                "pebble-challtestsrv", "-management", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-dns01", "127.0.0.1:\(ports[2])",
                "-defaultIPv6", "",
            ], log: folder.path + "/dns.log")
        process = try ChildProcess(
            ["pebble", "-config", folder.path + "/pebble.json", "-dnsserver", "127.0.0.1:\(ports[2])"],
            environment: [
                "PEBBLE_WFE_NONCEREJECT": "\(settings.badNoncePercent)", "PEBBLE_AUTHZREUSE": "\(settings.authorizationReusePercent)",
                "PEBBLE_VA_NOSLEEP": settings.sleepsBeforeValidation ? "0" : "1", "PEBBLE_CHAIN_LENGTH": "\(settings.intermediates)",
            ], log: folder.path + "/pebble.log")
        let answers = await eventually(within: .seconds(20)) { (try? await get(directoryURL)) != nil }
        guard answers else { throw StartFailure(description: "pebble does not answer: \(process.output)") }
    }

    /// The root that issued certificates are signed under, in PEM.
    public func rootPEM() async throws -> [UInt8] { try await get(managementURL + "/roots/0") }

    /// How many accounts were made.
    public var accountCount: Int {
        words(behind: "There are now ", inLinesWith: " accounts in memory").compactMap { Int($0) }.max() ?? 0
    }

    /// Serial numbers of all certificates it has issued, lower-case hex without leading zeros.
    public var issuedSerials: Set<String> {
        Set(words(behind: "Issued certificate serial ").map { String($0.lowercased().drop { $0 == "0" }) })
    }

    /// The words that stand behind this text in the log.
    private func words(behind prefix: String, inLinesWith mark: String = "") -> [Substring] {
        process.output.split(separator: "\n").filter { $0.contains(mark) }.compactMap { line in
            line.firstRange(of: prefix).map { line[$0.upperBound...].prefix { $0 != " " } }
        }
    }

    private func get(_ url: String) async throws -> [UInt8] {
        var configuration = HTTPClient.Configuration()
        configuration.caBundlePEM = tlsRootPEM
        configuration.proxy = .direct
        let client = try HTTPClient(configuration)
        do {
            let response = try await client.send(HTTPRequest(method: "GET", url: url), bodyBytesMax: 1 << 20)
            await client.shutdown()
            guard response.status == 200 else { throw StartFailure(description: "\(url) answered \(response.status)") }
            return response.body
        } catch {
            await client.shutdown()
            throw error
        }
    }
}
