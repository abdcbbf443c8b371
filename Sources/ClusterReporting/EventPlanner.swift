internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
public import Issuance
internal import KubernetesAPI
public import KubernetesClient
public import Store

/// As much of what was known at a moment as it takes to see what became different. Ten thousand of these are kept.
public struct ReportedState: Sendable {
    struct Certificate: Hashable {
        let isIssuing: Bool
        let issued: Date?
        let lastFailure: Date?

        init(_ fact: CertificateFact) {
            // Labels and annotations that are added are no issuance.
            isIssuing = fact.state == .issuing && fact.reason != IssueReason.secretTemplateMismatch.rawValue
            issued = fact.issued
            lastFailure = fact.lastFailure
        }
    }

    let certificates: [NamespacedName: Certificate]
    let problems: Set<ReportedProblem>

    /// Makes a state.
    public init(facts: [CertificateFact] = [], problems: Set<ReportedProblem> = []) {
        certificates = Dictionary(facts.map { ($0.secret, Certificate($0)) }) { $1 }
        self.problems = problems
    }
}

/// Makes events of what became different. Pure.
///
/// The state from before a process worked is its first `before`: nothing is told about what was so already. What cannot be known to
/// have been told (problems that were there at the start, a failure of another process) is told as an occurrence, which the API server
/// takes once.
public enum EventPlanner {
    /// Ingresses of one Secret that are told. Beyond: the first by name, which stands for them all.
    public static let ingressesToldMax = 20

    /// The events, in the order of the facts and of what happened, and the state to compare with the next time.
    public static func events(
        from before: ReportedState, facts: [CertificateFact], problems: Set<ReportedProblem>, _ objects: ObjectSet
    ) -> (events: [ReportedEvent], state: ReportedState) {
        let after = ReportedState(facts: facts, problems: problems)
        var events: [ReportedEvent] = []
        for fact in facts where before.certificates[fact.secret] != after.certificates[fact.secret] {
            let happenings = happenings(from: before.certificates[fact.secret], to: fact)
            if happenings.isEmpty { continue }
            let owners = owners(of: fact, objects)
            for happening in happenings { events += owners.map { happening.event(regarding: $0) } }
        }
        let appeared = problems.subtracting(before.problems).sorted {
            ($0.regarding, $0.reason.rawValue, $0.message) < ($1.regarding, $1.reason.rawValue, $1.message)
        }
        return (events + appeared.compactMap { event(about: $0, objects) }, after)
    }

    /// What happened to one certificate.
    private struct Happening {
        let severity: ReportedEvent.Severity
        let reason: String
        let note: String
        let occurrence: String?

        func event(regarding: ObjectReference) -> ReportedEvent {
            ReportedEvent(
                regarding: regarding, severity: severity, reason: reason, action: "Issue", note: note, occurrence: occurrence)
        }
    }

    private static func happenings(from before: ReportedState.Certificate?, to fact: CertificateFact) -> [Happening] {
        let after = ReportedState.Certificate(fact)
        let isIssued = fact.issued != nil && fact.issued != before?.issued
        let isFailed = fact.lastFailure != nil && fact.lastFailure != before?.lastFailure
        var happenings: [Happening] = []
        // Somebody who looks once a second may have missed the time in between.
        let hasPassedIssuing = isIssued || (isFailed && before != nil)
        if before?.isIssuing != true, hasPassedIssuing || after.isIssuing {
            happenings.append(issuing(fact, reason: isIssued ? fact.issuedReason : fact.reason))
        }
        if isFailed { happenings.append(failed(fact)) }
        if isIssued {
            happenings.append(issued(fact))
            // The next attempt has begun already.
            if after.isIssuing { happenings.append(issuing(fact, reason: fact.reason)) }
        }
        return happenings
    }

    private static func issuing(_ fact: CertificateFact, reason: String?) -> Happening {
        let issuer = fact.issuer.map { " from \($0)" } ?? ""
        let why = reason.map { " (\($0))" } ?? ""
        return Happening(
            severity: .normal, reason: "Issuing", note: "issuing a certificate for \(names(fact))\(issuer)\(why)", occurrence: nil)
    }

    private static func issued(_ fact: CertificateFact) -> Happening {
        let isRenewal: Bool
        switch fact.issuedReason.flatMap({ IssueReason(rawValue: $0) }) {
        case .renewing, .expired, .revoked, .manuallyTriggered: isRenewal = true
        case .doesNotExist, .missingData, .invalidKeyPair, .secretMismatch, .incorrectIssuer, .requestChanged, .secretTemplateMismatch,
            .namesLeftOut, nil:
            isRenewal = false
        }
        let end = fact.notAfter.map { ", valid until \($0.formatted(.iso8601))" } ?? ""
        let serial = fact.serialNumber.map { ", serial number \($0)" } ?? ""
        return Happening(
            severity: .normal, reason: isRenewal ? "Renewed" : "Issued",
            note: "\(isRenewal ? "renewed" : "issued") the certificate in Secret \(fact.secretName) for \(names(fact))\(end)\(serial)",
            occurrence: "\(fact.secretName) \(fact.serialNumber ?? fact.issued?.formatted(.iso8601) ?? "")")
    }

    private static func failed(_ fact: CertificateFact) -> Happening {
        let next = fact.nextAttempt.map { ", next attempt \($0.formatted(.iso8601))" } ?? ""
        let tail = " (failure \(fact.failures)\(next))"
        // What the CA said may be long; when it goes on stays readable.
        let error = (fact.lastError ?? "unknown error").cutBeside(tail)
        return Happening(
            severity: .warning, reason: "Failed", note: "Secret \(fact.secretName): \(error)\(tail)",
            occurrence: "\(fact.secretName) \(fact.lastFailure?.timeIntervalSince1970.rounded() ?? 0)")
    }

    private static func names(_ fact: CertificateFact) -> String { ShownText.list(fact.hosts, most: 5) }

    private static func owners(of fact: CertificateFact, _ objects: ObjectSet) -> [ObjectReference] {
        var owners = fact.ingresses.prefix(ingressesToldMax).compactMap { name in
            NamespacedName(name).flatMap { objects.ingresses[$0] }.map { ObjectReference(.ingress, $0.metadata) }
        }
        if let name = fact.certificate.flatMap({ NamespacedName($0) }), let certificate = objects.certificates[name] {
            owners.append(ObjectReference(.certificate, certificate.metadata))
        }
        return owners
    }

    /// A problem is told once for each form of the object that has it.
    private static func event(about problem: ReportedProblem, _ objects: ObjectSet) -> ReportedEvent? {
        guard let metadata = objects[problem.regarding]?.metadata else { return nil }
        let annotations = metadata.annotations.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
        return ReportedEvent(
            regarding: ObjectReference(problem.regarding.kind, metadata), severity: .warning, reason: problem.reason.rawValue,
            action: "Review", note: problem.message, occurrence: "\(problem.message)\n\(metadata.generation)\n\(annotations)")
    }
}

extension String {
    /// Cut so that it fits into a note together with a tail and some words before it.
    fileprivate func cutBeside(_ tail: String) -> String {
        let bytesMax = EventLimits.noteBytesMax - tail.utf8.count - 300
        return utf8.count > bytesMax ? cut(toBytes: bytesMax) + "…" : self
    }
}
