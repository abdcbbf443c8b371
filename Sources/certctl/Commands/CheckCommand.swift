internal import ArgumentParser
internal import Core
internal import DNS
internal import Issuance

/// `certctl check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look for everything that may keep an Ingress from its certificates.",
        discussion: """
            For each host: does its DNS lead here, do ports 80 and 443 under its name reach this instance, do CAA records let the CA issue, do \
            the policies allow it, does a limit of the CA hold it back, which solver proves it, can the issuer be asked. DNS, CAA and the ports \
            are looked at from where this command runs; the rest is asked of the running server, or with --kubeconfig of whoever leads \
            in that cluster, or worked out over --state when nothing runs (then the ports are not looked at). Exit code 1 when something stands in the way.

            EXAMPLES
              certctl check web/shop
              certctl check web/shop --nameserver 1.1.1.1 -o json
              certctl check web/shop --kubeconfig ~/.kube/config
              certctl check web/shop --state /var/lib/certctl
            """)

    @Argument(help: ArgumentHelp("The Ingress.", valueName: "ns/ingress"))
    var ingress: NamespacedName

    @Option(help: ArgumentHelp("DNS server to ask, ADDR[:PORT]; may be repeated (default: the system's).", valueName: "server"))
    var nameserver: [String] = []

    @Option(help: ArgumentHelp("Port under which the public reaches plain HTTP.", valueName: "port"))
    var httpPort = 80

    @Option(help: ArgumentHelp("Port under which the public reaches HTTPS.", valueName: "port"))
    var httpsPort = 443

    @OptionGroup var options: OperationOptions

    func validate() throws {
        for (name, port) in [("--http-port", httpPort), ("--https-port", httpsPort)] where !(1...65_535).contains(port) {
            throw ValidationError("\(name) is \(port); allowed are 1 to 65535")
        }
        _ = try servers()
    }

    func run() async throws {
        let operations = try await options.operations()
        let findings: [CheckFinding]
        do {
            findings = try await check(operations)
        } catch {
            await operations.close()
            throw error
        }
        await operations.close()
        let isGood = !findings.contains { $0.status == .bad }
        switch options.output {
        case .text: print(CheckText.table(findings).render(on: Terminal()), terminator: "")
        case .json:
            print(try JSONOutput.text(of: CheckResult(ingress: ingress.description, isGood: isGood, findings: findings)), terminator: "")
        }
        if !isGood { throw ExitStatus.failure.error }
    }

    private func check(_ operations: any Operations) async throws -> [CheckFinding] {
        let facts = try await operations.check(CheckRequest(ingress: ingress.description))
        let check = IngressCheck(
            facts: facts, probe: try await operations.probe(), resolver: DNSResolver(nameservers: try servers()), httpPort: httpPort,
            httpsPort: httpsPort)
        return await check.findings()
    }

    private func servers() throws -> [Nameserver]? {
        guard !nameserver.isEmpty else { return nil }
        do { return try nameserver.map { try Nameserver($0) } } catch { throw ValidationError("--nameserver: \(error)") }
    }
}
