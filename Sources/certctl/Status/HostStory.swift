internal import Admin
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import Issuance
internal import KubernetesAPI
internal import PKI
internal import Routing
internal import Store

/// What stored objects tell about one host: the rules that its requests may meet, and the certificates that are asked for it.
struct HostStory {
    let host: String
    let rules: [HostReport.Rule]
    let certificates: [HostReport.Certificate]
    let problems: [StatusReport.Problem]

    /// - Parameters:
    ///   - host: in lower case, ASCII.
    ///   - problems: all of them; those are kept that are about the objects of the story.
    init(
        of host: String, facts: [CertificateFact], routes: [RouteDescription], objects: ObjectSet, problems: [StatusReport.Problem]
    ) {
        self.host = host
        let pattern = HostPattern(host)
        func concerns(_ name: String) -> Bool { pattern?.matches(name) ?? (name == host) }
        let named = routes.filter { $0.host != "*" && concerns($0.host) }
        // The host itself, then the wildcard above it, then what every host has.
        let ordered = named.filter { $0.host == host } + named.filter { $0.host != host } + routes.filter { $0.host == "*" }
        rules = ordered.map {
            HostReport.Rule(
                ingress: $0.ingress, host: $0.host, path: $0.path, kind: $0.kind.rawValue, backend: $0.upstream, state: $0.state.rawValue,
                endpoints: $0.endpoints.count)
        }
        certificates = facts.filter { $0.hosts.contains(where: concerns) }.map {
            HostReport.Certificate(fact: $0, chain: HostStory.chain(in: objects.secrets[$0.secret]))
        }
        let concerned = Set(
            rules.map(\.ingress)
                + certificates.flatMap { $0.fact.ingresses + [$0.fact.secret.description] + [$0.fact.certificate].compactMap(\.self) })
        self.problems = problems.filter { problem in
            problem.subject.split(separator: " ").last.map { concerned.contains(String($0)) } ?? false
        }
    }

    /// The objects that Events may be about.
    var eventSubjects: [(kind: ObjectKind, name: NamespacedName)] {
        let ingresses = Set(rules.map(\.ingress) + certificates.flatMap(\.fact.ingresses)).sorted().compactMap { NamespacedName($0) }
        let wishes = Set(certificates.compactMap(\.fact.certificate)).sorted().compactMap { NamespacedName($0) }
        return ingresses.map { (.ingress, $0) } + wishes.map { (.certificate, $0) }
    }

    /// The report of one who does not serve.
    func report(version: String, at now: Date, events: [HostReport.Event], eventsProblem: String?) -> HostReport {
        HostReport(
            host: host, version: version, at: now, isRunning: false, rules: rules, certificates: certificates, problems: problems,
            recentEvents: events, eventsProblem: eventsProblem)
    }

    private static func chain(in secret: Secret?) -> [HostReport.ChainCertificate] {
        guard let pem = secret?.data[Secret.certificateKey], let certificates = try? CertificateChain.parse(pem: pem) else { return [] }
        return certificates.map {
            HostReport.ChainCertificate(
                subject: $0.subject, issuer: $0.issuer, notBefore: $0.notBefore, notAfter: $0.notAfter, key: $0.keyDescription,
                serialNumber: $0.serialNumber, fingerprint: $0.sha256Fingerprint)
        }
    }
}
