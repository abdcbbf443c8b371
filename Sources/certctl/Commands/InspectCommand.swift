internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import PKI

/// `certctl inspect TARGET`.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is in a certificate and whether it holds.",
        discussion: """
            TARGET is a server (HOST, HOST:PORT, [ADDRESS]:PORT), a PEM file, or a Secret (secret/NAMESPACE/NAME, read from --state or \
            --manifests). Exit code 1 when something is wrong with it: expired, not yet valid, the host is not covered, the chain is \
            out of order, the key does not match, or (for a server) no trusted root is reached.

            EXAMPLES
              certctl inspect shop.example.com
              certctl inspect 127.0.0.1:8443 --server-name shop.example.com --ca-file root.pem
              certctl inspect chain.pem
              certctl inspect secret/web/shop-tls --state /var/lib/certctl
              certctl inspect secret/web/shop-tls --state /var/lib/certctl -o pem
            """)

    /// How the answer is written.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text, json, pem
    }

    @Argument(help: "HOST[:PORT], FILE or secret/NAMESPACE/NAME.")
    var target: String

    @Option(help: ArgumentHelp("Name to ask the server for (SNI) and to check; default: the host.", valueName: "host"))
    var serverName: String?

    @Option(help: ArgumentHelp("Roots to trust, in PEM; default: the system's.", valueName: "file"))
    var caFile: String?

    @OptionGroup var folders: FolderOptions

    @Option(name: [.short, .long], help: "text, json or pem.")
    var output = Output.text

    func run() async throws {
        let subject = try await InspectionSubject.find(target, serverName: serverName, folders: folders)
        let inspection = try Inspection(of: subject, roots: try roots(), at: Date())
        switch output {
        case .text: print(inspection.text(on: Terminal()), terminator: "")
        case .json: print(try inspection.json())
        case .pem: print(PEM.encode(subject.chain), terminator: "")
        }
        if !inspection.findings.isEmpty { throw ExitStatus.failure.error }
    }

    private func roots() throws -> [UInt8]? {
        guard let caFile else { return nil }
        return try FileContent.bytes(of: caFile, bytesMax: PKILimits.chainBytesMax)
    }
}
