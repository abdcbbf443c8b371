internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import KubernetesClient

/// `certctl renew`.
struct RenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract: "Issue certificates anew, now, whatever failed before.",
        discussion: """
            Asks the running server, which goes on by itself; --wait waits for the end. When nothing runs over --state, this process does it: \
            it takes the folder's lock, answers http-01 challenges at --http and tls-alpn-01 challenges at --https, and always waits. With \
            --kubeconfig or --context the request is left on the Secrets (annotation certctl.dev/renew), and whoever leads in that cluster \
            honours it once. Exit code 1 when a renewal was refused or failed.

            EXAMPLES
              certctl renew web/shop-tls
              certctl renew web/shop-tls web/api-tls --wait
              certctl renew --all-due --wait
              certctl renew web/shop-tls --state /var/lib/certctl --http :80
              certctl renew web/shop-tls --kubeconfig ~/.kube/config --context prod --wait
            """)

    @Argument(help: ArgumentHelp("The Secrets.", valueName: "ns/secret"))
    var secrets: [NamespacedName] = []

    @Flag(help: "Everything that needs a certificate now, also what waits after a failure.")
    var allDue = false

    @Flag(help: "Wait until each is issued or has failed.")
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
        if secrets.isEmpty != allDue { throw ValidationError("name Secrets as NAMESPACE/NAME, or --all-due; one of the two") }
        if !(1...86_400).contains(waitSeconds) { throw ValidationError("--wait-seconds is \(waitSeconds); allowed are 1 to 86400") }
    }

    func run() async throws {
        let cluster = allDue ? nil : try options.clusterConfiguration()
        let results = if let cluster { try await renewInCluster(cluster) } else { try await renew() }
        switch options.output {
        case .text: print(RenewalText.table(results).render(on: Terminal()), terminator: "")
        case .json: print(try JSONOutput.text(of: RenewalResults(items: results)), terminator: "")
        }
        if results.contains(where: { !$0.outcome.isGood }) { throw ExitStatus.failure.error }
    }

    private func renewInCluster(_ configuration: ClusterConfiguration) async throws -> [RenewalResult] {
        let cluster = ClusterRenewal(configuration)
        let results = await cluster.renew(secrets, until: wait ? .now + .seconds(waitSeconds) : nil)
        await cluster.shutdown()
        return results
    }

    private func renew() async throws -> [RenewalResult] {
        let operations = try await options.operations(
            only: allDue ? nil : Set(secrets), ordering: .init(http: http, https: https, options: issuance))
        do {
            let results = try await renew(operations)
            await operations.close()
            return results
        } catch {
            await operations.close()
            throw error
        }
    }

    private func renew(_ operations: any Operations) async throws -> [RenewalResult] {
        let request = allDue ? RenewalRequest.everythingDue : RenewalRequest(secrets: secrets.map(\.description))
        let answer = try await operations.renew(request)
        // What this process has begun ends with it.
        guard wait || operations.endsWithThisProcess else { return answer.items.map { RenewalResult(begun: $0) } }
        return try await RenewalWait(operations: operations, deadline: .now + .seconds(waitSeconds)).results(of: answer.items)
    }
}
