internal import Admin
internal import ArgumentParser
internal import FoundationEssentials
internal import Issuance

/// `certctl status [HOST]`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show every certificate: until when, what fails, and what to do about it.",
        discussion: """
            The worst comes first, with what is wrong and the next step below it. With HOST: the whole story of that host, from its rules \
            to the order under way and what happened last. A pattern ('*.example.com') lists the certificates of all hosts that fit.

            Asks the running server (--server, or the one of --state). Without one it is worked out from the state folder, or with \
            --kubeconfig from the cluster, which takes no more than the rights to get, list and watch; then say the same --ingress-class, \
            --controller-name and --certificates as the server has.

            What ends within a time or a fraction of the lifetime is listed by --expiring, whatever its state; several filters have to fit \
            all. -o json and -o yaml have what the filters leave, sorted by namespace and Secret. --watch redraws a terminal in place, and \
            writes anew on each change elsewhere: a block with the time above it, or one JSON object a line; Ctrl-C (or q) ends it with \
            the exit code of what was shown last.

            Exit code 3 when something shown is expired, failing, blocked or overdue, or when a manifest is wrong; 1 when there is no such \
            host, or nobody to ask.

            EXAMPLES
              certctl status
              certctl status shop.example.com
              certctl status '*.example.com' --expiring 1/3
              certctl status -n web --failing -o wide
              certctl status --state /var/lib/certctl
              certctl status --kubeconfig ~/.kube/config -n web
              certctl status --watch
              certctl status -o json | jq '.certificates[] | select(.state != "valid")'
            """)

    /// How the answer is written.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, wide, json, yaml
    }

    @Argument(help: ArgumentHelp("A host, or a pattern with *.", valueName: "host"))
    var host: String?

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only this namespace.", valueName: "ns"))
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "All namespaces; the default.")
    var allNamespaces = false

    @Option(
        help: ArgumentHelp(
            "Only what ends within this time (7d, 2w, 1d12h, 36h) or has no more than this left of its lifetime (1/3, 33%).",
            valueName: "time"))
    var expiring: Expiry?

    @Flag(help: "Only what needs somebody: expired, failing, blocked, overdue.")
    var failing = false

    @Option(name: [.short, .long], help: "table, wide, json or yaml.")
    var output = Output.table

    @Flag(help: "Show it again whenever it changes, until Ctrl-C.")
    var watch = false

    @OptionGroup var terminal: TerminalOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var folders: FolderOptions
    @OptionGroup var cluster: ClusterAccessOptions
    @OptionGroup var serving: ServingOptions

    func validate() throws {
        if allNamespaces, namespace != nil { throw ValidationError("-n and -A exclude each other") }
        if cluster.isGiven, server.server != nil || folders.isGiven {
            throw ValidationError("--kubeconfig and --context exclude --server, --state and --manifests")
        }
        guard let host else { return }
        guard let pattern = HostPattern(host) else { throw ValidationError(HostPattern.complaint(about: host)) }
        if !pattern.isGlob, expiring != nil || failing {
            throw ValidationError("--expiring and --failing choose among certificates; with a single host everything about it is shown")
        }
    }

    func run() async throws {
        let source = try makeSource()
        let status: ExitStatus
        do {
            status = try await show(source)
        } catch {
            await source.close()
            throw error
        }
        await source.close()
        if status != .good { throw status.error }
    }

    private func makeSource() throws -> any StatusSource {
        if cluster.isGiven { return try ClusterStatus(cluster, serving, namespace: namespace) }
        return LocalStatus(server: server.server, token: try server.token.token(), folders: folders, serving: serving)
    }

    private func show(_ source: any StatusSource) async throws -> ExitStatus {
        guard let host, let pattern = HostPattern(host), !pattern.isGlob else { return try await list(source) }
        return try await tell(of: pattern.text, source)
    }

    // MARK: Certificates

    private func list(_ source: any StatusSource) async throws -> ExitStatus {
        let filter = StatusFilter(
            namespace: namespace, hosts: host.flatMap { HostPattern($0) }, expiring: expiring, isFailingOnly: failing)
        let output = output
        return try await show {
            let all = try await source.report()
            return FilteredReport(shown: filter.apply(to: all), total: all.certificates.count)
        } unchanging: { (report: FilteredReport) in
            report.shown.unchanging
        } status: {
            $0.shown.needsAttention ? .unhealthy : .good
        } value: {
            $0.shown
        } lines: { report, terminal in
            StatusText(
                report: report.shown, terminal: terminal, isWide: output == .wide,
                hiddenCount: filter.isEverything ? 0 : report.total - report.shown.certificates.count
            ).lines()
        }
    }

    private struct FilteredReport: Sendable {
        let shown: StatusReport
        let total: Int
    }

    // MARK: One host

    private func tell(of host: String, _ source: any StatusSource) async throws -> ExitStatus {
        let namespace = namespace
        return try await show {
            try await source.host(host).only(namespace)
        } unchanging: { (report: HostReport) in
            report.unchanging
        } status: {
            !$0.isKnown ? .failure : $0.needsAttention ? .unhealthy : .good
        } value: {
            $0
        } lines: { report, terminal in
            HostText(report: report, terminal: terminal).lines()
        }
    }

    // MARK: Once or again and again

    private func show<Content: Sendable, Key: Equatable & Sendable>(
        _ fetch: @escaping @Sendable () async throws -> Content, unchanging: @escaping @Sendable (Content) -> Key,
        status: @escaping @Sendable (Content) -> ExitStatus, value: @escaping @Sendable (Content) -> any Encodable,
        lines: @escaping @Sendable (Content, Terminal) -> [String]
    ) async throws -> ExitStatus {
        let (output, colour, isWatching) = (output, terminal.color, watch)
        let block: @Sendable (Content) throws -> String = { content in
            switch output {
            case .json: return isWatching ? try JSONOutput.line(of: value(content)) : try JSONOutput.text(of: value(content))
            case .yaml: return (isWatching ? "---\n" : "") + (try YAMLOutput.text(of: value(content)))
            case .table, .wide:
                let text = lines(content, Terminal(colour)).map { $0 + "\n" }.joined()
                return isWatching ? "\(Date().rfc3339)\n\(text)\n" : text
            }
        }
        guard watch else {
            let content = try await fetch()
            StandardOutput.write(try block(content))
            return status(content)
        }
        return try await Watch(
            fetch: fetch, key: unchanging, lines: lines, block: block, status: status, colour: colour,
            isStream: output == .json || output == .yaml
        ).run()
    }
}
