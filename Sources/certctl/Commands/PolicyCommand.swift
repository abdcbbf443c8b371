internal import Admin
internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import KubernetesAPI
internal import Manifests
internal import Policies
internal import Store

/// `certctl policy`.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Try policies before they are in force.", subcommands: [PolicyTestCommand.self])
}

/// `certctl policy test`.
struct PolicyTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Show what policies say about the certificates that manifests ask for, rule by rule.",
        discussion: """
            Reads Ingresses and Certificates, the Issuers and Namespaces beside them, and ConfigMaps with policies. The labels of a namespace \
            are those of its Namespace document; without one they are not known. Nothing is asked of a server or a cluster. Exit code 1 when a \
            certificate is denied, or could not be issued as it is asked for.

            EXAMPLES
              certctl policy test -f ingress.yaml --policies policies/
              certctl policy test -f ingress.yaml -f namespaces.yaml --policies policies/ -o json
            """)

    /// How the answer is written.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp("Manifest, or folder of manifests; may be repeated.", valueName: "path"))
    var files: [String]

    @Option(help: ArgumentHelp("Folder of policies, or one file.", valueName: "dir"))
    var policies: String?

    @Option(help: ArgumentHelp("Issuer of Ingresses that name none.", valueName: "[kind/]name"))
    var defaultIssuer: IssuerName?

    @Option(help: ArgumentHelp("Namespace whose ConfigMaps may have policies.", valueName: "ns"))
    var clusterResourceNamespace = "certctl-system"

    @Option(name: [.short, .long], help: "text or json.")
    var output = Output.text

    func run() async throws {
        let objects = try ManifestObjects.read(files)
        let settings = IssuanceSettings(defaultIssuer: defaultIssuer, clusterResourceNamespace: clusterResourceNamespace)
        let report = try PolicyTestReport(objects, settings, try policySet(objects))
        switch output {
        case .text: print(PolicyText.text(of: report, on: Terminal()), terminator: "")
        case .json: print(String(decoding: try AdminJSON.encoder().encode(report), as: UTF8.self))
        }
        if !report.isAllowed { throw ExitStatus.failure.error }
    }

    private func policySet(_ objects: ObjectSet) throws -> IssuancePolicySet {
        var sources = try policies.map { try PolicyFolder.sources(at: $0) } ?? []
        let update = StoreUpdate(objects: objects, changed: ChangeSet(isEverything: true))
        switch PolicyConfigMaps.answer(update, namespace: clusterResourceNamespace) {
        case .known(let found): sources += found
        case .unknown(let why): throw CommandFailure(why)
        }
        do throws(ManifestError) {
            return try PolicySets(reading: sources).issuance
        } catch {
            throw CommandFailure(error.description)
        }
    }
}

/// What `certctl policy test` found.
struct PolicyTestReport: Encodable {
    /// One certificate.
    struct Certificate: Encodable {
        var namespace: String
        var secretName: String
        var hosts: [String]
        var issuer: String
        var ingresses: [String]
        var certificate: String?
        var explanation: PolicyExplanation
    }

    /// Whether everything that is asked for may be issued.
    var isAllowed: Bool
    /// Those that an issuer is asked for.
    var certificates: [Certificate]
    /// What is not granted for other reasons.
    var problems: [String]

    /// - Throws: ``CommandFailure`` when nothing is asked for.
    init(_ objects: ObjectSet, _ settings: IssuanceSettings, _ policies: IssuancePolicySet) throws {
        let (reviews, problems) = PolicyReview.all(objects, settings, policies)
        certificates = reviews.compactMap { review in
            guard case .issue(let issuer) = review.desired.wish, let explanation = review.explanation else { return nil }
            let desired = review.desired
            return Certificate(
                namespace: desired.secret.namespace, secretName: desired.secret.name, hosts: desired.names.all, issuer: issuer.description,
                ingresses: desired.ingresses.map(\.description), certificate: desired.certificate?.description, explanation: explanation)
        }
        self.problems = problems
        guard !certificates.isEmpty || !problems.isEmpty else {
            throw CommandFailure(
                "nothing asks for a certificate: there is no Certificate, and no Ingress with a tls section that names an issuer "
                    + "(--default-issuer is for those that name none)")
        }
        isAllowed = problems.isEmpty && certificates.allSatisfy(\.explanation.isAllowed)
    }
}
