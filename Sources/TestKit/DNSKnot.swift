internal import FoundationEssentials
internal import Glibc

/// Knot DNS (Debian's `knot`) with one primary zone that may be updated with TSIG keys, on 127.0.0.1. Ends with its owner.
public final class DNSKnot: Sendable {
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

    private static let program = "/usr/sbin/knotd"

    /// Whether the program is there; tests skip loudly without.
    public static var isInstalled: Bool { unsafe access(program, X_OK) == 0 }

    /// Starts a server and waits until it serves.
    ///
    /// - Parameters:
    ///   - records: Lines of a zone file besides SOA and NS.
    ///   - keys: All may update every name of the zone.
    public convenience init(zone: String = "example.test", records: [String] = [], keys: [DNSBind.Key]) async throws {
        // A free port may be taken by somebody else before Knot gets to it.
        for _ in 0..<2 {
            do {
                try await self.init(zone: zone, records: records, keys: keys, port: FreePort.one())
                return
            } catch is StartFailure {}
        }
        try await self.init(zone: zone, records: records, keys: keys, port: FreePort.one())
    }

    private init(zone: String, records: [String], keys: [DNSBind.Key], port: Int) async throws {
        self.zone = zone
        self.port = port
        folder = try TemporaryFolder("certctl-knot")
        try folder.write(DNSKnot.configuration(zone: zone, keys: keys, port: port, folder: folder.path), to: "knot.conf")
        let lines = ["$TTL 60", "@ IN SOA ns hostmaster 1 3600 600 86400 5", "@ IN NS ns", "ns IN A 127.0.0.1"] + records
        try folder.write(lines.joined(separator: "\n") + "\n", to: "zone.db")
        let process = try ChildProcess([DNSKnot.program, "-c", folder.path + "/knot.conf"], log: folder.path + "/knot.log")
        self.process = process
        let isRunning = await eventually(within: .seconds(20)) { !process.isRunning || process.output.contains("control, binding to") }
        guard isRunning, process.isRunning, process.output.contains("loaded, serial"), !process.output.contains("cannot bind") else {
            throw StartFailure(description: "knotd does not start: \(process.output)")
        }
    }

    /// What it has written.
    public var output: String { process.output }

    private static func configuration(zone: String, keys: [DNSBind.Key], port: Int, folder: String) -> String {
        let declarations = keys.map { "  - id: \($0.name)\n    algorithm: \($0.algorithm)\n    secret: \($0.secret)\n" }.joined()
        let names = keys.map(\.name).joined(separator: ", ")
        return """
            server:
                rundir: \(folder)
                listen: 127.0.0.1@\(port)
                udp-workers: 1
                tcp-workers: 1
                background-workers: 1
            database:
                storage: \(folder)
            key:
            \(declarations)
            acl:
              - id: updaters
                key: [\(names)]
                action: update
            zone:
              - domain: \(zone)
                storage: \(folder)
                file: zone.db
                acl: updaters
            log:
              - target: stderr
                any: info
            """ + "\n"
    }
}
