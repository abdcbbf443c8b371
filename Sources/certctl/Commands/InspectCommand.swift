internal import Admin
internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import PKI

/// `certctl inspect TARGET`.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show what is in a certificate, whether it holds, and whether what is served is what is stored.",
        discussion: """
            TARGET is a server (HOST, HOST:PORT, [ADDRESS]:PORT), a file (PEM, or one certificate in DER), or a Secret \
            (secret/NAMESPACE/NAME, read from --state, --manifests or --kubeconfig). The chain is checked against the roots of this system \
            (OpenSSL's file and folder, or SSL_CERT_FILE and SSL_CERT_DIR), or against those of --ca-file, as a client with nothing else would.

            A server is compared with what is stored for the host when --server, --state, --manifests or --kubeconfig says where that is; \
            a Secret is compared with what --connect serves for each of its names.

            Exit code 1 when something is wrong: expired, not yet valid, the name is not covered, self-signed, an unknown issuer, a missing \
            intermediate, a weak key or signature, certificates out of order, a key that does not match, revoked, or not what is stored.

            EXAMPLES
              certctl inspect shop.example.com
              certctl inspect shop.example.com --connect 10.0.0.7:8443 --server http://127.0.0.1:9402
              certctl inspect 127.0.0.1:8443 --server-name shop.example.com --ca-file root.pem
              certctl inspect chain.pem --revocation
              certctl inspect secret/web/shop-tls --state /var/lib/certctl
              certctl inspect secret/web/shop-tls --kubeconfig ~/.kube/config --connect 203.0.113.10
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

    @Option(help: ArgumentHelp("Where to connect to, in place of what the name leads to; default port: 443.", valueName: "addr[:port]"))
    var connect: String?

    @Option(help: ArgumentHelp("Roots to trust, in PEM; default: the system's.", valueName: "file"))
    var caFile: String?

    @Flag(help: "Ask the CA whether it is revoked: the OCSP responder or the revocation list that the certificate names.")
    var revocation = false

    @Option(name: [.short, .long], help: "text, json or pem.")
    var output = Output.text

    @OptionGroup var terminal: TerminalOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var folders: FolderOptions
    @OptionGroup var cluster: ClusterAccessOptions
    @OptionGroup var serving: ServingOptions

    func validate() throws {
        if cluster.isGiven, server.server != nil || folders.isGiven {
            throw ValidationError("--kubeconfig and --context exclude --server, --state and --manifests")
        }
        guard let name = try secretName() else { return }
        guard cluster.isGiven || folders.isGiven else {
            throw ValidationError(
                "Secret \(name) is read from --state, --manifests or --kubeconfig; name one (the admin API gives no Secrets away)")
        }
    }

    func run() async throws {
        let now = Date()
        let (subject, comparison) = try await look(now)
        let roots = try caFile.map { try FileContent.bytes(of: $0, bytesMax: PKILimits.chainBytesMax) }
        let inspection = try Inspection(
            of: subject, roots: roots, comparison: comparison, revocation: try await verdict(on: subject.chain), at: now)
        switch output {
        case .text: StandardOutput.write(inspection.text(on: Terminal(terminal.color)))
        case .json: StandardOutput.write(try inspection.json())
        case .pem: StandardOutput.write(PEM.encode(subject.chain))
        }
        if !inspection.findings.isEmpty { throw ExitStatus.failure.error }
    }

    private func look(_ now: Date) async throws -> (InspectionSubject, InspectionComparison?) {
        if let name = try secretName() { return try await lookAtSecret(name) }
        if FileManager.default.fileExists(atPath: target) { return (try .file(target, host: serverName), nil) }
        let named = InspectCommand.address(target)
        let address = connect.map(InspectCommand.address) ?? named
        let host = serverName ?? named.host
        let subject: InspectionSubject
        do {
            subject = try await .served(by: address, host: host)
        } catch let failure as CommandFailure {
            throw CommandFailure("\(failure); and there is no file \(target)")
        }
        guard let facts = try await facts(), case .server(let answer) = subject.source else { return (subject, nil) }
        return (subject, InspectionComparison(served: subject.chain[0], host: host, at: answer.address, facts: facts, now: now))
    }

    // MARK: Secrets

    private func secretName() throws -> NamespacedName? {
        guard target.hasPrefix("secret/") else { return nil }
        guard let name = NamespacedName(target.dropFirst("secret/".count)) else {
            throw ValidationError("\"\(target)\" does not name a Secret; it takes secret/NAMESPACE/NAME")
        }
        return name
    }

    private func lookAtSecret(_ name: NamespacedName) async throws -> (InspectionSubject, InspectionComparison?) {
        let subject =
            cluster.isGiven
            ? try await InspectionSubject.stored(name, host: serverName, in: cluster)
            : try await InspectionSubject.stored(name, host: serverName, in: folders)
        guard let address = connect.map(InspectCommand.address) else { return (subject, nil) }
        let leaf = subject.chain[0]
        // Nobody is asked for a wildcard itself.
        let hosts = serverName.map { [$0] } ?? Array(leaf.dnsNames.filter { !$0.hasPrefix("*.") }.prefix(InspectCommand.hostsMax))
        guard !hosts.isEmpty else {
            throw CommandFailure("the certificate in Secret \(name) has no name to ask \(address) for; name a host with --server-name")
        }
        var answers: [(host: String, address: String, answer: Result<Certificate, CommandFailure>)] = []
        for host in hosts {
            do {
                answers.append((host, address.description, .success(try await InspectionSubject.served(by: address, host: host).chain[0])))
            } catch let failure as CommandFailure {
                answers.append((host, address.description, .failure(failure)))
            }
        }
        return (subject, InspectionComparison(stored: leaf, secret: name, answers: answers))
    }

    // MARK: What is known

    /// What is stored; nil when nobody said where.
    private func facts() async throws -> [CertificateFact]? {
        let source: any StatusSource
        if cluster.isGiven {
            source = try ClusterStatus(cluster, serving, namespace: nil)
        } else if server.server != nil || folders.isGiven {
            source = LocalStatus(server: server.server, token: try server.token.token(), folders: folders, serving: serving)
        } else {
            return nil
        }
        do {
            let report = try await source.report()
            await source.close()
            return report.certificates
        } catch {
            await source.close()
            throw error
        }
    }

    /// Whoever calls this means these URLs, wherever they lead to.
    private func verdict(on chain: [Certificate]) async throws -> RevocationVerdict? {
        guard revocation, let leaf = chain.first else { return nil }
        let transport = try RevocationHTTPTransport(privateNetworks: IPNetwork.everything)
        let verdict = await RevocationChecker(transport: transport).verdict(on: leaf, issuer: chain.dropFirst().first)
        await transport.shutdown()
        return verdict
    }

    /// `HOST`, `HOST:PORT`, `ADDRESS` or `[ADDRESS]:PORT`.
    private static func address(_ text: String) -> ListenAddress {
        if let address = ListenAddress(text) { return address }
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
        return ListenAddress(host: isBracketed ? String(text.dropFirst().dropLast()) : text, port: 443)
    }

    /// Names of one Secret that a server is asked for, one after the other. A person is waiting.
    private static let hostsMax = 20
}
