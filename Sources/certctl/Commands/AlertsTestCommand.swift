internal import Admin
internal import Alerts
internal import ArgumentParser
internal import Core
internal import FoundationEssentials

/// `certctl alerts test`.
struct AlertsTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Send a test alert to a receiver, or to all of them, and show what it answers.",
        discussion: """
            Asks the running server, which sends one notification at once, whatever the receiver's filters. Exit code 1 when a receiver does \
            not take it.

            EXAMPLES
              certctl alerts test
              certctl alerts test pager
              certctl alerts test pager --server http://10.0.0.7:9402 --admin-token-file token
            """)

    @Argument(help: ArgumentHelp("The AlertReceiver (default: every one).", valueName: "receiver"))
    var receiver: String?

    @Option(name: [.short, .long], help: "table or json.")
    var output = AlertsCommand.Output.table

    @OptionGroup var server: ServerOptions
    @OptionGroup var folders: FolderOptions

    func run() async throws {
        let body = try await AdminAddress.post(
            Array(try AdminJSON.encoder().encode(AlertTestRequest(receiver: receiver))), to: ServingAlerts.testPath, server: server.server,
            folders: folders, token: try server.token.token())
        guard let body else { throw CommandFailure("nothing runs over that folder; start `certctl serve`, which knows the receivers") }
        let answer: AlertTestAnswer
        do { answer = try AdminJSON.decoder().decode(AlertTestAnswer.self, from: Data(body)) } catch {
            throw CommandFailure("the server does not answer as certctl \(Version.current) does: \(error)")
        }
        switch output {
        case .table: print(table(answer), terminator: "")
        case .json: print(String(decoding: try AdminJSON.encoder().encode(answer), as: UTF8.self))
        }
        if answer.items.contains(where: { !$0.isDelivered }) { throw ExitStatus.failure.error }
    }

    private func table(_ answer: AlertTestAnswer) -> String {
        var table = Table(columns: ["RECEIVER", "RESULT", "ANSWER"])
        for item in answer.items {
            table.add([
                Table.Cell(item.receiver), Table.Cell(item.isDelivered ? "delivered" : "failed", item.isDelivered ? .good : .alarm),
                Table.Cell(item.message),
            ])
        }
        return table.render(on: Terminal())
    }
}
