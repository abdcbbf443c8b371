internal import ArgumentParser
internal import Core

/// The root of the command line. Names of commands and flags are a contract: scripts and tests use them.
@main
struct Certctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certctl",
        abstract: "Automatic HTTPS for Kubernetes Ingresses.",
        discussion: """
            Watches the tls sections of Ingresses, obtains and renews a certificate for each from an ACME CA, stores it in the \
            Secret that the section names, and serves the traffic itself.

            EXAMPLES
              certctl serve --manifests examples/laptop --state /tmp/certctl
              certctl status --state /tmp/certctl
              certctl inspect shop.example.com
              certctl renew web/shop-tls --wait
              certctl check web/shop
              certctl routes https://shop.example.com/api
              certctl policy test -f ingress.yaml --policies policies/

            EXIT CODES
              0  good
              1  failure
              2  usage
              3  status: something is expired, failing or overdue
            """,
        version: Version.current,
        subcommands: [
            ServeCommand.self, StatusCommand.self, RenewCommand.self, RevokeCommand.self, AccountCommand.self, CheckCommand.self,
            InspectCommand.self, RoutesCommand.self, PolicyCommand.self, AlertsCommand.self, LogLevelCommand.self, CompletionCommand.self,
            VersionCommand.self,
        ])

    /// Parses and runs, with our own exit codes in place of the BSD ones that the argument parser uses.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            ProcessLog.flush()
        } catch {
            let code = Certctl.exitCode(for: error)
            let text = Certctl.fullMessage(for: error)
            if code == .success {
                print(text)
                Exit.now(.good)
            }
            ProcessLog.flush()
            if !text.isEmpty { StandardError.print(text) }
            Exit.now(code == .validationFailure ? .usage : ExitStatus(rawValue: code.rawValue) ?? .failure)
        }
    }
}
