internal import Admin
internal import Alerts
internal import ArgumentParser
internal import Core
internal import FoundationEssentials

/// `certctl alerts list`.
struct AlertsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show alerts, and who has been told of them.",
        discussion: """
            Asks the running server. Exit code 3 when an alert fires, or a receiver cannot be reached.

            EXAMPLES
              certctl alerts list
              certctl alerts list --all
              certctl alerts list -o json | jq '.receivers[] | select(.failures > 0)'
            """)

    @Flag(name: [.customShort("a"), .long], help: "Also what is over, and what has not lasted long enough to be told.")
    var all = false

    @Option(name: [.short, .long], help: "table or json.")
    var output = AlertsCommand.Output.table

    @OptionGroup var server: ServerOptions
    @OptionGroup var folders: FolderOptions

    func run() async throws {
        guard
            let body = try await AdminAddress.get(
                ServingAlerts.path, server: server.server, folders: folders, token: try server.token.token())
        else {
            throw CommandFailure("nothing runs over that folder, so nobody watches for alerts; `certctl status` shows what is wrong")
        }
        var report: AlertReport
        do { report = try AdminJSON.decoder().decode(AlertReport.self, from: Data(body)) } catch {
            throw CommandFailure("the server does not answer as certctl \(Version.current) does: \(error)")
        }
        if !all { report.alerts.removeAll { $0.phase != .firing } }
        switch output {
        case .table: print(AlertsText(report: report, terminal: Terminal()).render(), terminator: "")
        case .json: print(String(decoding: try AdminJSON.encoder().encode(report), as: UTF8.self))
        }
        let isBad = report.alerts.contains { $0.phase == .firing } || report.receivers.contains { $0.failures > 0 }
        if isBad || !report.problems.isEmpty { throw ExitStatus.unhealthy.error }
    }
}
