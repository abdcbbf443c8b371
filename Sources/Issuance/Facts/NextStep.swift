internal import Core
internal import FoundationEssentials

/// What to do about a certificate that is not as it should be. Pure.
///
/// Each text is one sentence in the imperative, names the object and, where there is one, the command.
struct NextStep {
    private let fact: CertificateFact
    private let now: Date

    init(_ fact: CertificateFact, now: Date) {
        self.fact = fact
        self.now = now
    }

    /// To make a Secret with these entries.
    static func create(_ secret: NamespacedName, keys: [String]) -> String {
        "create the Secret \(secret) with the \(keys.count == 1 ? "key" : "keys") \(keys.joined(separator: " and "))"
    }

    /// To change where a name leads; nil when it leads here already, and when either is not known.
    ///
    /// - Parameters:
    ///   - found: the addresses that the DNS has.
    ///   - here: those that clients are told.
    static func lead(_ name: String, from found: [String], to here: [String]) -> String? {
        let strange = found.filter { !here.contains($0) }
        guard !here.isEmpty, !strange.isEmpty else { return nil }
        let places = (ShownText.list(strange), ShownText.list(here))
        return "change the address records of \(name): its DNS points to \(places.0), not here (\(places.1))"
    }

    /// The step; nil when nothing needs doing.
    ///
    /// - Parameter known: what whoever met the obstacle has to say; it counts before what follows from the state.
    func text(known: String? = nil) -> String? {
        switch fact.state {
        case .placeholder: return placeholder
        case .foreign: return foreign
        case .blocked: return known ?? blocked
        case .failing: return known ?? failing
        case .expired: return expired(known)
        case .valid, .pending, .issuing: return served ?? queued ?? (fact.failures > 0 ? known ?? failing : unasked)
        }
    }

    // MARK: By state

    private var placeholder: String {
        guard let ingress = fact.ingresses.first else { return "put a certificate into Secret \(fact.secret)" }
        return "annotate Ingress \(ingress) with \(ObjectKeys.clusterIssuerAnnotation), or \(Self.create(fact.secret, keys: Self.pair))"
    }

    private var foreign: String? {
        if fact.message == nil, let problem = fact.chainProblems?.first {
            return "put the certificate and then its intermediates into tls.crt of Secret \(fact.secret): \(problem)"
        }
        // Nobody renews it by itself.
        let isEnding = fact.lifetimeLeft.map { $0 < Self.endingFraction } ?? false
        guard fact.message != nil || fact.revoked != nil || isEnding else { return served }
        let other = fact.issuer == nil ? "" : ", or delete the Secret so that certctl issues one"
        return "replace tls.crt and tls.key of Secret \(fact.secret), which is not certctl's to write\(other)"
    }

    private var blocked: String {
        if fact.policy != nil {
            return "change the IssuancePolicy that denies it, or what \(claimant) asks for; `certctl policy test` tries both beforehand"
        }
        return "mend \(claimant) as the message says; certctl goes on as soon as it is changed"
    }

    private func expired(_ known: String?) -> String? {
        if fact.policy != nil { return blocked }
        if fact.order?.steps.contains(where: { $0.state == .running }) == true {
            return "wait: an order is under way; `certctl status \(fact.hosts.first ?? fact.secret.description)` shows how far it is"
        }
        if let known { return known }
        if fact.failures > 0 { return failing }
        if let queued { return queued }
        return fact.renewAt == nil ? unasked ?? foreign : renew("issue it again now")
    }

    /// A limit of the CA's passes by itself; what ends before that does not.
    private var queued: String? {
        guard let until = fact.queuedUntil, until > now, fact.notAfter.map({ $0 <= until }) ?? true else { return nil }
        return "wait until \(until.formatted(.iso8601)), or choose another issuer for \(claimant): the limits of this CA hold it back"
    }

    /// Nobody asks for a certificate that certctl has made.
    private var unasked: String? {
        guard fact.issuer == nil, fact.notAfter != nil, fact.message != nil else { return nil }
        let ingress = fact.ingresses.first.map { "annotate Ingress \($0) with \(ObjectKeys.clusterIssuerAnnotation), or " } ?? ""
        return "\(ingress)delete Secret \(fact.secret) if nobody needs it"
    }

    private var served: String? {
        guard let served = fact.served, let first = served.first else { return nil }
        let others = served.count > 1 ? " and \(served.count - 1) more" : ""
        return "look at the log of replica \(first.replica)\(others), which does not serve what is stored, and restart it if it stays so"
    }

    // MARK: By cause

    private var failing: String { Self.remedy(of: fact.lastErrorCause ?? .other)(self) }

    /// One for each cause, so that a new one does not compile without.
    static func remedy(of cause: FailureCause) -> (NextStep) -> String {
        switch cause {
        case .unreachable:
            { "see that this machine reaches \($0.authority) (DNS, proxy, firewall) and what its status page says; \($0.retry)" }
        case .rateLimited: { "wait: \($0.retry); to be sooner, choose another issuer for \($0.claimant)" }
        case .nameNotResolved:
            { "create an address record (A or AAAA) of \($0.name) that leads here, then \($0.renewal); \($0.check) shows what it leads to" }
        case .hostUnreachable:
            {
                "open ports 80 and 443 of \($0.name) to the CA (address records, firewall, port forwarding); \($0.check) shows where it leads"
            }
        case .wrongAnswer:
            { "lead \($0.name) to this instance: something else answers for it; \($0.check) shows which address and port" }
        case .caaForbids: { "add a CAA record for \($0.name) that names the CA, or choose another issuer for \($0.claimant)" }
        case .selfCheckFailed:
            {
                "lead \($0.name) to this instance, as \($0.check) shows; if it does and only this machine cannot see that, use --self-check off"
            }
        case .dnsRecordFailed:
            { "mend the dns01 solver of \($0.authority) as the error says (credentials, zone, name servers), then \($0.renewal)" }
        case .standingProofMissing: { "create the TXT record of \($0.name) that the error names, then \($0.renewal)" }
        case .noSolver: { "give \($0.authority) a solver for \($0.name) in spec.acme.solvers; a wildcard needs dns01" }
        case .authorizationFailed: { "run \($0.check), which looks at \($0.name) as the CA does, then \($0.renewal)" }
        case .nameRefused: { "take \($0.name) out of \($0.claimant), or choose another issuer: this CA does not issue for it" }
        case .refused: { "change what the CA refuses in \($0.claimant) or in \($0.authority), then \($0.renewal)" }
        case .accountUnusable:
            { "run `certctl account show \($0.issuerName)`; delete the Secret of its account key to begin with a new account" }
        case .accountKeyUnusable: { "put the account's key back into the Secret that privateKeySecretRef of \($0.authority) names" }
        case .externalAccountMissing:
            { "set spec.acme.externalAccountBinding of \($0.authority) to the key ID and the MAC key that the CA gave you" }
        case .userActionRequired: { "open the page that the error names and agree there, then \($0.renewal)" }
        case .profileNotOffered: { "set spec.acme.profile of \($0.authority) to one that the CA offers" }
        case .orderFailed: { "run \($0.check), then \($0.renewal); ask the CA if it fails again" }
        case .stillProcessing: { "wait: the CA of \($0.authority) is slow, and the same order is gone on with; \($0.retry)" }
        case .certificateUnsuitable: { "ask the CA of \($0.authority) about the error, or choose another issuer for \($0.claimant)" }
        case .signingKeyUnusable:
            { "put the certificate and the key of a CA into the Secret that spec.ca.secretName of \($0.authority) names" }
        case .secretMissing: { "create the Secret that the error names, for \($0.authority)" }
        case .nameTaken: { _ in "delete or rename the object that the error names; certctl needs its name" }
        case .namesLeftOut: { "run \($0.check) for \($0.name), which the certificate lacks, or take it out of \($0.claimant)" }
        case .storageFailed: { "see that certctl may write Secret \($0.fact.secret) (permissions, space, API server); \($0.retry)" }
        case .ours: { "report this error with the log of certctl, and try \($0.renewal)" }
        case .other: { "mend what the error says, then \($0.renewal)" }
        }
    }

    // MARK: Words

    /// With less of its lifetime left than this, somebody else's certificate is worth a word; the alert about it begins there, too.
    private static let endingFraction = 1.0 / 6
    private static let pair = ["tls.crt", "tls.key"]

    /// The name at fault; of several that all are, the first.
    private var name: String { fact.lastErrorName ?? fact.hosts.first ?? "the host" }
    private var issuerName: String { fact.issuer.map { String($0.split(separator: "/").last ?? "") } ?? "" }
    private var authority: String { fact.issuer.map { $0.replacing("/", with: " ", maxReplacements: 1) } ?? "the issuer" }
    private var renewal: String { "`certctl renew \(fact.secret)`" }
    private func renew(_ what: String) -> String { "\(what) with \(renewal)" }

    private var claimant: String {
        fact.ingresses.first.map { "Ingress \($0)" } ?? fact.certificate.map { "Certificate \($0)" } ?? "Secret \(fact.secret)"
    }

    private var check: String {
        fact.ingresses.first.map { "`certctl check \($0)`" } ?? "`certctl status \(fact.hosts.first ?? fact.secret.description)`"
    }

    private var retry: String {
        guard let next = fact.nextAttempt, next > now else { return "certctl tries again by itself" }
        return "certctl tries again at \(next.formatted(.iso8601))"
    }
}
