internal import Core
internal import FoundationEssentials
internal import Glibc
public import HTTPClient
internal import PKI

/// Let's Encrypt's test CA, by default with its DNS server, which answers 127.0.0.1 for every name. Ends with its owner.
///
/// Debian's `pebble`, or the one whose path `PEBBLE` in the environment has, with `pebble-challtestsrv` beside it: a newer one has
/// renewal information, profiles and dns-persist-01, which Debian's 2.4.0 lacks.
public final class Pebble: Sendable {
    /// How the CA misbehaves. The defaults are its own, but for the naps, which only cost time.
    public struct Settings: Sendable {
        /// Of 100 requests, how many are refused as `badNonce`.
        public var badNoncePercent = 5
        /// Of 100 orders, how many find a valid authorization already there.
        public var authorizationReusePercent = 50
        /// Whether validation begins after a random nap of up to ``sleepSecondsMax``.
        public var sleepsBeforeValidation = false
        /// The longest nap; 15 s is Pebble's own.
        public var sleepSecondsMax = 15
        /// Where it asks for tls-alpn-01 challenges, at 127.0.0.1; nobody listens at 1.
        public var tlsPort = 1
        /// The DNS server that it asks, as `address:port`; nil for its own.
        public var dnsServer: String?
        /// Customers by key identifier, MAC keys in base64url; if there are any, newAccount needs a binding.
        public var externalAccounts: [String: String] = [:]
        /// Further roots, each with a chain of its own to the same leaf.
        public var alternateRoots = 0
        /// Profiles by name, with the seconds for which their certificates are valid. Only with ``Pebble/isNewer``.
        public var profiles: [String: Int] = [:]
        /// How long its certificates are valid; nil for its own, five years.
        public var validitySeconds: Int?
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

    /// A domain that the CA issues nothing for: `rejectedIdentifier`.
    public static let refusedDomain = "blocked-domain.example"

    /// The ACME directory.
    public let directoryURL: String
    /// Its DNS server, `ADDR:PORT`: 127.0.0.1 for every name, no CAA records.
    public let dnsServer: String
    /// What its own HTTPS is signed by, in PEM.
    public let tlsRootPEM: [UInt8]
    private let managementURL: String
    private let process: ChildProcess
    private let dns: ChildProcess?
    private let folder: TemporaryFolder

    /// Whether the programs are there; tests skip loudly without.
    public static var isInstalled: Bool {
        let programs: [String] = [program, dnsProgram]
        return programs.allSatisfy { unsafe access($0, X_OK) == 0 }
    }

    /// Whether it is not Debian's.
    public static var isNewer: Bool { named != nil && isInstalled }

    private static let named = ProcessInfo.processInfo.environment["PEBBLE"].flatMap { $0.isEmpty ? nil : $0 }
    private static let program = named ?? "/usr/bin/pebble"
    private static let dnsProgram =
        URL(filePath: program).deletingLastPathComponent().appending(path: "pebble-challtestsrv").path(percentEncoded: false)

    /// Starts the CA and waits until it answers.
    ///
    /// - Parameter httpPort: where it asks for http-01 challenges, at 127.0.0.1.
    public convenience init(httpPort: Int, settings: Settings = Settings()) async throws {
        // A free port may be taken by somebody else before the CA gets to it.
        for _ in 0..<2 {
            do {
                try await self.init(startingWith: settings, httpPort: httpPort)
                return
            } catch is StartFailure { continue }
        }
        try await self.init(startingWith: settings, httpPort: httpPort)
    }

    private init(startingWith settings: Settings, httpPort: Int) async throws {
        folder = try TemporaryFolder("certctl-pebble")
        let ports = try FreePort.several(3)
        tlsRootPEM = try Pebble.writeServerCertificate(to: folder)
        try folder.write(
            try settings.configuration(folder: folder.path, api: ports[0], management: ports[1], httpPort: httpPort), to: "pebble.json")
        directoryURL = "https://127.0.0.1:\(ports[0])/dir"
        managementURL = "https://127.0.0.1:\(ports[1])"
        let asked = settings.dnsServer ?? "127.0.0.1:\(ports[2])"
        dnsServer = asked
        dns = try settings.dnsServer == nil ? Pebble.ownDNS(port: ports[2], folder: folder) : nil
        process = try ChildProcess(
            [Pebble.program, "-config", folder.path + "/pebble.json", "-dnsserver", asked],
            environment: settings.environment,
            log: folder.path + "/pebble.log")
        let hasAnswered = await eventually(within: .seconds(20)) {
            guard process.isRunning, dns?.isRunning ?? true else { return true }
            return (try? await get(directoryURL)) != nil
        }
        guard hasAnswered, process.isRunning, dns?.isRunning ?? true else {
            throw StartFailure(description: "pebble does not answer: \(process.output) \(dns?.output ?? "")")
        }
    }

    /// A client that trusts its HTTPS; the caller shuts it down.
    public func client() throws -> HTTPClient {
        try HTTPClient(HTTPClient.Configuration(caBundlePEM: tlsRootPEM, proxy: .direct))
    }

    /// Ends it before its owner goes.
    public func stop() {
        process.send(signal: SIGKILL)
        dns?.send(signal: SIGKILL)
    }

    /// The root that issued certificates are signed under, in PEM.
    ///
    /// - Parameter index: 0 for the usual one, up to ``Settings/alternateRoots`` for the others.
    public func rootPEM(_ index: Int = 0) async throws -> [UInt8] { try await get(managementURL + "/roots/\(index)") }

    /// What the CA says about a certificate that it has issued, as JSON: `Status` is `Valid` or `Revoked`.
    public func certificateStatus(ofSerial serial: String) async throws -> String {
        String(decoding: try await get(managementURL + "/cert-status-by-serial/" + serial), as: UTF8.self)
    }

    /// How many accounts were made.
    public var accountCount: Int {
        words(behind: "There are now ", inLinesWith: " accounts in memory").compactMap { Int($0) }.max() ?? 0
    }

    /// How many orders were made.
    public var orderCount: Int {
        words(behind: "There are now ", inLinesWith: " orders in the db").compactMap { Int($0) }.max() ?? 0
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
        let client = try client()
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

    private static func ownDNS(port: Int, folder: TemporaryFolder) throws -> ChildProcess {
        // Its flags have changed with the years.
        let address = "127.0.0.1:\(port)"
        let flags = isNewer ? ["-dnsserver", address, "-doh", ""] : ["-dns01", address]
        return try ChildProcess(
            [Pebble.dnsProgram, "-management", "", "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""] + flags,
            log: folder.path + "/dns.log")
    }

    private static func writeServerCertificate(to folder: TemporaryFolder) throws -> [UInt8] {
        let key = try PrivateKey.generate(.ecdsaP256)
        let now = Date()
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: [DNSName(parsing: "localhost")], ipAddresses: ["127.0.0.1"], notBefore: now.addingTimeInterval(-3600),
            notAfter: now.addingTimeInterval(86_400), isCA: false, commonName: "pebble tls")
        try folder.write(PEM.encode([certificate]), to: "tls.pem")
        try folder.write(String(decoding: key.pem().copy(), as: UTF8.self), to: "tls.key")
        return Array(PEM.encode([certificate]).utf8)
    }
}

extension Pebble.Settings {
    fileprivate var environment: [String: String] {
        [
            "PEBBLE_WFE_NONCEREJECT": "\(badNoncePercent)", "PEBBLE_AUTHZREUSE": "\(authorizationReusePercent)",
            "PEBBLE_VA_NOSLEEP": sleepsBeforeValidation ? "0" : "1", "PEBBLE_VA_SLEEPTIME": "\(sleepSecondsMax)",
            "PEBBLE_CHAIN_LENGTH": "\(intermediates)", "PEBBLE_ALTERNATE_ROOTS": "\(alternateRoots)",
        ]
    }

    fileprivate func configuration(folder: String, api: Int, management: Int, httpPort: Int) throws -> String {
        let validity = validitySeconds.map { "\"certificateValidityPeriod\": \($0)," } ?? ""
        // A newer one has the validity in its profiles.
        let all = validitySeconds.map { profiles.merging(["default": $0]) { own, _ in own } } ?? profiles
        let described = all.keys.sorted().map { "\"\($0)\": {\"description\": \"\($0)\", \"validityPeriod\": \(all[$0] ?? 0)}" }
        let accounts = String(decoding: try JSONEncoder().encode(externalAccounts), as: UTF8.self)
        return """
            {"pebble": {"keyAlgorithm": "ecdsa", "listenAddress": "127.0.0.1:\(api)", "managementListenAddress": "127.0.0.1:\(management)",
            "certificate": "\(folder)/tls.pem", "privateKey": "\(folder)/tls.key", "httpPort": \(httpPort), "tlsPort": \(tlsPort),
            "ocspResponderURL": "", \(validity) "externalAccountBindingRequired": \(!externalAccounts.isEmpty),
            "profiles": {\(described.joined(separator: ", "))}, "externalAccountMACKeys": \(accounts), "domainBlocklist": ["\(Pebble.refusedDomain)"]}}
            """
    }
}
