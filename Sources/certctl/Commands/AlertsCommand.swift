internal import ArgumentParser

/// `certctl alerts`.
struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Show what is alerted, and try the receivers.",
        subcommands: [AlertsListCommand.self, AlertsTestCommand.self])

    /// How an answer is written.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case table, json
    }
}
