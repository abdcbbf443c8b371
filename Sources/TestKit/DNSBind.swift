internal import FoundationEssentials
internal import Glibc

/// BIND 9 (Debian's `named`) with one primary zone that may be updated with TSIG keys, on 127.0.0.1. Ends with its owner.
public final class DNSBind: Sendable {
    /// A TSIG key.
    public struct Key: Hashable, Sendable {
        /// Its name.
        public let name: String
        /// As in BIND's configuration, such as `hmac-sha256`.
        public let algorithm: String
        /// Base64.
        public let secret: String

        /// A key with a secret of its own.
        public init(name: String, algorithm: String) {
            self.name = name
            self.algorithm = algorithm
            secret = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        }
    }

    /// It could not be started.
    public struct StartFailure: Error, CustomStringConvertible {
        /// What it wrote.
        public let description: String
    }

    /// The zone.
    public let zone: String
    /// For UDP and TCP.
    public let port: Int
    private let process: ChildProcess
    private let folder: TemporaryFolder

    private static let program = "/usr/sbin/named"

    /// Whether the program is there; tests skip loudly without.
    public static var isInstalled: Bool { unsafe access(program, X_OK) == 0 }

    /// Whether `dig` is there, which ``records()`` needs.
    public static var isDigInstalled: Bool { unsafe access("/usr/bin/dig", X_OK) == 0 }

    /// Starts a server and waits until it serves.
    ///
    /// - Parameters:
    ///   - records: Lines of a zone file besides SOA and NS.
    ///   - keys: All may update every name of the zone.
    public convenience init(zone: String = "example.test", records: [String] = [], keys: [Key]) async throws {
        // A free port may be taken by somebody else before BIND gets to it.
        for _ in 0..<2 {
            do {
                try await self.init(zone: zone, records: records, keys: keys, port: FreePort.one())
                return
            } catch is StartFailure {}
        }
        try await self.init(zone: zone, records: records, keys: keys, port: FreePort.one())
    }

    private init(zone: String, records: [String], keys: [Key], port: Int) async throws {
        self.zone = zone
        self.port = port
        folder = try TemporaryFolder("certctl-named")
        try folder.write(DNSBind.configuration(zone: zone, keys: keys, port: port, folder: folder.path), to: "named.conf")
        let lines = ["$TTL 60", "@ IN SOA ns hostmaster 1 3600 600 86400 5", "@ IN NS ns", "ns IN A 127.0.0.1"] + records
        try folder.write(lines.joined(separator: "\n") + "\n", to: "zone.db")
        let process = try ChildProcess(
            [DNSBind.program, "-g", "-4", "-n", "1", "-c", folder.path + "/named.conf"], log: folder.path + "/named.log")
        self.process = process
        let isRunning = await eventually(within: .seconds(20)) { !process.isRunning || process.output.contains(" all zones loaded") }
        guard isRunning, process.isRunning, !process.output.contains("address in use") else {
            throw StartFailure(description: "named does not start: \(process.output)")
        }
    }

    /// What it has written.
    public var output: String { process.output }

    /// All records of the zone as of now, as lines of a zone file.
    public func records() async throws -> [String] {
        let answer = try await ChildProcess.run(
            ["dig", "@127.0.0.1", "-p", "\(port)", zone, "AXFR", "+noall", "+answer", "+time=5", "+tries=3"], in: folder)
        let lines = answer.output.split(separator: "\n").map(String.init).filter { !$0.hasPrefix(";") && !$0.isEmpty }
        guard answer.status == 0, !lines.isEmpty else { throw TransferFailure(description: answer.output) }
        return lines
    }

    /// The zone could not be read.
    public struct TransferFailure: Error, CustomStringConvertible {
        /// What `dig` said.
        public let description: String
    }

    private static func configuration(zone: String, keys: [Key], port: Int, folder: String) -> String {
        let declarations = keys.map { "key \"\($0.name)\" { algorithm \($0.algorithm); secret \"\($0.secret)\"; };" }
        let allowed = keys.isEmpty ? "none;" : keys.map { "key \"\($0.name)\";" }.joined(separator: " ")
        return """
            \(declarations.joined(separator: "\n"))
            options {
              directory "\(folder)"; pid-file none; session-keyfile none; lock-file none;
              listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; };
              recursion no; dnssec-validation no; notify no; empty-zones-enable no; allow-query { any; }; allow-transfer { any; };
            };
            controls { };
            zone "\(zone)" { type primary; file "zone.db"; allow-update { \(allowed) }; };
            """
    }
}
