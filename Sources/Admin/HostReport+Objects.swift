internal import Certificates
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import Issuance
internal import KubernetesAPI
internal import PKI
public import Routing
public import Store

extension HostReport {
    /// Everything that a report about one host is made of.
    public struct Material: Sendable {
        /// The objects.
        public var objects: ObjectSet
        /// The rules in force.
        public var routes: RouteTable
        /// What is asked at a host and answered: the Secret of the certificate, or nil for a placeholder.
        public var servedSecret: @Sendable (String) -> String?
        /// All that is known otherwise.
        public var status: StatusReport
        /// What happened last, of the objects that ``HostReport/objects(of:_:)`` names.
        public var recentEvents: [Event]
        /// Why there are no events.
        public var eventsProblem: String?

        /// Puts it together.
        public init(
            objects: ObjectSet, routes: RouteTable, status: StatusReport, recentEvents: [Event] = [], eventsProblem: String? = nil,
            servedSecret: @escaping @Sendable (String) -> String?
        ) {
            self.objects = objects
            self.routes = routes
            self.status = status
            self.recentEvents = recentEvents
            self.eventsProblem = eventsProblem
            self.servedSecret = servedSecret
        }
    }

    /// Makes the report; nil when no rule, no certificate and no `tls` section has the host.
    ///
    /// - Parameter name: the host, in any case; a wildcard as the Ingress has it.
    public init?(of name: String, from material: Material) {
        self.init(about: name, from: material)
        guard rules.contains(where: { $0.host != HostReport.everyHost }) || !certificates.isEmpty else { return nil }
    }

    /// Makes the report, whether or not anything has the host.
    ///
    /// - Parameter name: the host, in any case; a wildcard as the Ingress has it.
    public init(about name: String, from material: Material) {
        let host = HostReport.canonical(name)
        let status = material.status
        let served = material.servedSecret(host)
        let rules = HostReport.rules(of: host, in: material.routes)
        let facts = status.certificates.filter { fact in
            fact.secret.description == served || fact.hosts.contains { HostReport.covers($0, host) }
        }
        let subjects = HostReport.subjects(rules, facts)
        self.init(
            host: host, version: status.version, at: status.at, isRunning: status.isRunning, rules: rules,
            certificates: facts.map { Certificate(fact: $0, chain: HostReport.chain(of: material.objects.secrets[$0.secret])) },
            servedSecret: served,
            problems: status.problems.filter { problem in
                subjects.contains { problem.subject.lowercased() == $0 } || problem.subject == host
            },
            replicas: status.replicas,
            recentEvents: Array(material.recentEvents.sorted { $0.at > $1.at }.prefix(HostReport.eventsMax)),
            eventsProblem: material.eventsProblem)
    }

    /// The objects that a report would be about, as `Kind namespace/name`: whose events are worth reading.
    public static func objects(of name: String, _ status: StatusReport, _ routes: RouteTable) -> Set<String> {
        let host = canonical(name)
        let facts = status.certificates.filter { fact in fact.hosts.contains { covers($0, host) } }
        var objects = Set(rules(of: host, in: routes).filter { $0.host != everyHost }.map { "Ingress \($0.ingress)" })
        for fact in facts {
            objects.insert("Secret \(fact.secret)")
            objects.formUnion(fact.ingresses.map { "Ingress \($0)" })
            if let certificate = fact.certificate { objects.insert("Certificate \(certificate)") }
        }
        return objects
    }

    private static let everyHost = "*"

    private static func canonical(_ name: String) -> String {
        let host = name.hasSuffix(".") ? String(name.dropLast()) : name
        return (try? DNSName(parsing: host).ascii) ?? host.lowercased()
    }

    /// Whether a pattern is for a host: the same, or a wildcard right above it. RFC 6125 §6.4.3.
    private static func covers(_ pattern: String, _ host: String) -> Bool {
        if pattern == host { return true }
        guard pattern.hasPrefix("*."), let dot = host.firstIndex(of: "."), dot > host.startIndex else { return false }
        return pattern.dropFirst() == host[dot...]
    }

    private static func rules(of host: String, in routes: RouteTable) -> [Rule] {
        let all = routes.descriptions
        let named = all.filter { $0.host == host } + all.filter { $0.host != host && covers($0.host, host) }
        return (named + all.filter { $0.host == everyHost }).map { route in
            Rule(
                ingress: route.ingress, host: route.host, path: route.path, kind: route.kind.rawValue, backend: route.upstream,
                state: route.state.rawValue, endpoints: route.endpoints.count)
        }
    }

    /// How problems name these objects.
    private static func subjects(_ rules: [Rule], _ facts: [CertificateFact]) -> Set<String> {
        var subjects = Set(rules.map { "ingress \($0.ingress)" })
        for fact in facts {
            subjects.insert("secret \(fact.secret)")
            subjects.formUnion(fact.ingresses.map { "ingress \($0)" })
            if let certificate = fact.certificate { subjects.insert("certificate \(certificate)") }
        }
        return subjects
    }

    private static func chain(of secret: Secret?) -> [ChainCertificate] {
        guard let pem = secret?.data[Secret.certificateKey], let certificates = try? CertificateChain.parse(pem: pem) else { return [] }
        return certificates.map { certificate in
            ChainCertificate(
                subject: certificate.subject, issuer: certificate.issuer, notBefore: certificate.notBefore, notAfter: certificate.notAfter,
                key: certificate.keyDescription, serialNumber: certificate.serialNumber, fingerprint: certificate.sha256Fingerprint)
        }
    }
}
