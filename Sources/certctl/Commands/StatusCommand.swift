internal import Admin
internal import ArgumentParser
internal import FoundationEssentials
internal import Issuance

/// `certctl status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show every certificate: who has it, until when, and what fails.",
        discussion: """
            Asks the running server, or works it out from the state folder when nothing runs. Exit code 3 when something is expired, \
            failing, blocked or overdue, or when a manifest is wrong.

            EXAMPLES
              certctl status
              certctl status -n web -o wide
              certctl status --state /var/lib/certctl
              certctl status --watch
              certctl status -o json | jq '.certificates[] | select(.state != "valid")'
            """)

    /// How the answer is written.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, wide, json, yaml
    }

    @Option(name: [.customShort("n"), .long], help: ArgumentHelp("Only this namespace.", valueName: "ns"))
    var namespace: String?

    @Flag(name: [.customShort("A"), .long], help: "All namespaces; the default.")
    var allNamespaces = false

    @Option(name: [.short, .long], help: "table, wide, json or yaml.")
    var output = Output.table

    @Flag(help: "Show it again whenever it changes, until Ctrl-C.")
    var watch = false

    @OptionGroup var server: ServerOptions
    @OptionGroup var folders: FolderOptions
    @OptionGroup var serving: ServingOptions

    func validate() throws {
        if allNamespaces, namespace != nil { throw ValidationError("-n and -A exclude each other") }
    }

    func run() async throws {
        let source = StatusSource(server: server.server, folders: folders, serving: serving)
        if watch { try await watch(source) }
        let report = try await source.report().only(namespace)
        print(try text(of: report), terminator: "")
        if report.needsAttention { throw ExitStatus.unhealthy.error }
    }

    /// On a terminal the screen is redrawn in place; elsewhere each change is printed below the last. Ends with the process.
    private func watch(_ source: StatusSource) async throws -> Never {
        let terminal = Terminal()
        var shown = ""
        while true {
            let next = try text(of: try await source.report().only(namespace))
            if next != shown {
                print(terminal.isTerminal ? "\u{1B}[H\u{1B}[2J" + next : next, terminator: "")
                StandardOutput.flush()
            }
            shown = next
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func text(of report: StatusReport) throws -> String {
        switch output {
        case .table, .wide: return StatusTable(report: report, terminal: Terminal(), isWide: output == .wide).render()
        case .json: return String(decoding: try AdminJSON.encoder().encode(report), as: UTF8.self) + "\n"
        case .yaml: return try YAMLOutput.text(of: report)
        }
    }
}

extension StatusReport {
    /// The part that concerns one namespace; everything for nil.
    fileprivate func only(_ namespace: String?) -> StatusReport {
        guard let namespace else { return self }
        return StatusReport(
            version: version, at: at, isRunning: isRunning, certificates: certificates.filter { $0.namespace == namespace },
            problems: problems.filter { $0.subject.contains(" \(namespace)/") }, ignoredKinds: ignoredKinds)
    }
}
