internal import Admin
internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import Telemetry

/// `certctl log-level`.
struct LogLevelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log-level",
        abstract: "Show or change what a running server logs.",
        discussion: """
            Without an argument it shows the level of every subsystem. LEVEL is trace, debug, info, notice, warning, error or critical. Alone \
            it is the default; for a subsystem, `default` goes back to that. Changes hold until the server ends, and for that one alone: of \
            several replicas each is asked by itself, with --server.

            EXAMPLES
              certctl log-level
              certctl log-level acme=debug dns01=debug
              certctl log-level info acme=default
              certctl log-level proxy=debug --server http://10.0.0.7:9402 --admin-token-file token
            """)

    @Argument(help: ArgumentHelp("What to change.", valueName: "subsystem=level"))
    var changes: [String] = []

    @Option(name: [.short, .long], help: "text or json.")
    var output = OperationOptions.Output.text

    @OptionGroup var server: ServerOptions
    @OptionGroup var folders: FolderOptions

    func validate() throws {
        do { _ = try LogLevelSetting(changes) } catch { throw ValidationError("\(error)") }
    }

    func run() async throws {
        let body =
            if changes.isEmpty {
                try await AdminAddress.get(
                    LogLevelOperation.path, server: server.server, folders: folders, token: try server.token.token())
            } else {
                try await AdminAddress.post(
                    Array(try AdminJSON.encoder().encode(LogLevelOperation.Change(levels: changes.joined(separator: ",")))),
                    to: LogLevelOperation.path, server: server.server,
                    folders: folders, token: try server.token.token())
            }
        guard let body else { throw CommandFailure("nothing runs over that folder, so nothing is logged") }
        let report: LogLevelReport
        do { report = try AdminJSON.decoder().decode(LogLevelReport.self, from: Data(body)) } catch {
            throw CommandFailure("the server does not answer as certctl \(Version.current) does: \(error)")
        }
        switch output {
        case .text: print(table(report), terminator: "")
        case .json: print(try JSONOutput.text(of: report), terminator: "")
        }
    }

    private func table(_ report: LogLevelReport) -> String {
        var table = Table(columns: ["SUBSYSTEM", "LEVEL", "SET BY"])
        table.add([Table.Cell("(default)"), Table.Cell(report.default), Table.Cell("")])
        for entry in report.levels {
            table.add([Table.Cell(entry.subsystem), Table.Cell(entry.level), Table.Cell(entry.isDefault ? "default" : "itself")])
        }
        return table.render(on: Terminal())
    }
}
