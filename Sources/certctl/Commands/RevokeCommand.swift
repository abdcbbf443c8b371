internal import ArgumentParser
internal import Core
internal import Issuance

/// `certctl revoke`.
struct RevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke the certificate in a Secret, and replace it.",
        discussion: """
            Asks the CA that issued it: as the account that ordered it, or, where that is gone or another one, with the certificate's own key. \
            A new certificate is ordered at once unless --no-replace says otherwise; the old one is served until the new one is there. \
            Asks the running server, or with --kubeconfig whoever leads in that cluster; when nothing runs over --state, this process does it. \
            A revocation cannot be taken back, so it wants \
            --yes, or a yes on the terminal.

            EXAMPLES
              certctl revoke web/shop-tls --reason keyCompromise --yes
              certctl revoke web/old-tls --reason cessationOfOperation --no-replace --yes
              certctl revoke web/shop-tls --yes --wait -o json
            """)

    @Argument(help: ArgumentHelp("The Secret.", valueName: "ns/secret"))
    var secret: NamespacedName

    @Option(
        help: ArgumentHelp(
            "unspecified, keyCompromise, affiliationChanged, superseded or cessationOfOperation (RFC 5280).", valueName: "reason"))
    var reason: String?

    @Flag(help: "Do it without asking.")
    var yes = false

    @Flag(help: "Order no new certificate.")
    var noReplace = false

    @Flag(help: "Wait for the new certificate.")
    var wait = false

    @Option(help: ArgumentHelp("How long to wait at most.", valueName: "seconds"))
    var waitSeconds = 1800

    @Option(help: ArgumentHelp("Where this process answers http-01 challenges when no server runs.", valueName: "addr:port"))
    var http = ListenAddress(host: "127.0.0.1", port: 8080)

    @Option(
        help: ArgumentHelp(
            "Where this process answers tls-alpn-01 challenges when no server runs (default: it answers none).", valueName: "addr:port"))
    var https: ListenAddress?

    @OptionGroup(title: "When no server runs") var issuance: IssuanceOptions
    @OptionGroup var options: OperationOptions

    func validate() throws {
        if !(1...86_400).contains(waitSeconds) { throw ValidationError("--wait-seconds is \(waitSeconds); allowed are 1 to 86400") }
        if wait, noReplace { throw ValidationError("--wait and --no-replace exclude each other: there is nothing to wait for") }
    }

    func run() async throws {
        try Confirmation.require(yes, "The certificate in Secret \(secret) will be revoked, for good.")
        let operations = try await options.operations(
            only: noReplace ? [] : [secret], ordering: noReplace ? nil : .init(http: http, https: https, options: issuance))
        let result: RevocationResult
        do {
            result = try await revoke(operations)
        } catch {
            await operations.close()
            throw error
        }
        await operations.close()
        switch options.output {
        case .text: print(result.text(on: Terminal()), terminator: "")
        case .json: print(try JSONOutput.text(of: result), terminator: "")
        }
        if let replacement = result.replacement, !replacement.outcome.isGood { throw ExitStatus.failure.error }
    }

    private func revoke(_ operations: any Operations) async throws -> RevocationResult {
        let answer = try await operations.revoke(
            RevocationRequest(secret: secret.description, reason: reason, replace: noReplace ? false : nil))
        guard !noReplace else { return RevocationResult(answer, replacement: nil) }
        let begun = RenewalAnswer.Item(secret: answer.secret, before: answer.replacing, failure: answer.replacementFailure)
        guard wait || operations.endsWithThisProcess else { return RevocationResult(answer, replacement: RenewalResult(begun: begun)) }
        let wait = RenewalWait(operations: operations, deadline: .now + .seconds(waitSeconds))
        return RevocationResult(answer, replacement: try await wait.results(of: [begun]).first)
    }
}
