public import Core

/// Whether a CA may issue for a name, by the CAA records in the DNS. RFC 8659, RFC 8657.
public enum CAA {
    /// Who wants to issue what.
    public struct Request: Hashable, Sendable {
        /// The name; a wildcard is one by its `*`.
        public var name: DNSName
        /// `caaIdentities` of the CA's directory, any case. Empty when it does not say.
        public var identities: [String]
        /// The account that orders; nil when there is none yet.
        public var accountURL: String?
        /// How the name is going to be validated, such as `http-01`; nil when not yet known.
        public var validationMethod: String?

        /// Makes a request.
        public init(name: DNSName, identities: [String], accountURL: String? = nil, validationMethod: String? = nil) {
            self.name = name
            self.identities = identities
            self.accountURL = accountURL
            self.validationMethod = validationMethod
        }
    }

    /// The answer, each with a sentence for an operator.
    public enum Verdict: Hashable, Sendable, CustomStringConvertible {
        /// The CA may issue.
        case allowed(String)
        /// The CA must not issue.
        case refused(String)
        /// It cannot be told: the DNS does not answer (a CA then refuses as well), or the CA does not name itself.
        case unknown(String)

        /// The sentence.
        public var description: String {
            switch self {
            case .allowed(let words), .refused(let words), .unknown(let words): words
            }
        }
    }

    /// Climbs from the name to the top and judges the first CAA records on the way. RFC 8659 §3.
    ///
    /// Ends after at most one question per label, each within the resolver's time, at the first that fails.
    public static func check(_ request: Request, with resolver: DNSResolver) async -> Verdict {
        let start = DomainName(request.name).withoutWildcard.name
        var next: DomainName? = start
        while let name = next, name != .root {
            do {
                let answer = try await resolver.answer(to: Question(name: name, type: .caa))
                if !answer.caaRecords.isEmpty { return evaluate(answer.caaRecords, at: answer.name, for: request) }
            } catch {
                return .unknown("the CAA records of \(name) cannot be looked up (\(error)); a CA that finds the same refuses to issue")
            }
            next = name.parent
        }
        return evaluate([], at: start, for: request)
    }

    /// Judges the records found at a name. None at all allow.
    public static func evaluate(_ records: [CAARecord], at name: DomainName, for request: Request) -> Verdict {
        guard !records.isEmpty else { return .allowed("neither \(name) nor a name above it has CAA records: every CA may issue") }
        let known = harmlessTags.union(["issue", "issuewild"])
        let unknown = records.filter { !known.contains($0.tag) }
        if let critical = unknown.first(where: \.isCritical) {
            return .refused("the CAA record of \(name) `\(critical)` is critical and its tag unknown: no CA may issue until it is removed")
        }
        // RFC 8659 §4.3: `issuewild` alone counts for a wildcard once there is one, and for nothing else.
        let wild = records.filter { $0.tag == "issuewild" }
        let relevant = request.name.isWildcard && !wild.isEmpty ? wild : records.filter { $0.tag == "issue" }
        guard !relevant.isEmpty else { return .allowed("the CAA records of \(name) do not restrict who may issue for \(request.name)") }
        let verdict = combined(relevant, at: name, for: request)
        // Let's Encrypt reads the lowest bit as the critical one, too: it is a common mistake.
        if case .allowed = verdict, let doubtful = unknown.first(where: { $0.flags & 1 != 0 }) {
            return .unknown("the CAA record of \(name) `\(doubtful)` has an unknown tag and flag 1, which some CAs take for critical")
        }
        return verdict
    }

    private static func combined(_ relevant: [CAARecord], at name: DomainName, for request: Request) -> Verdict {
        let judged = relevant.map { ($0, judge($0, for: request)) }
        if let (record, _) = judged.first(where: { $0.1 == .permits }) {
            return .allowed("the CAA record of \(name) `\(record)` allows it")
        }
        var forbidding: [String] = []
        var undecided: [String] = []
        for (record, judgement) in judged {
            switch judgement {
            case .permits: break
            case .forbids(let why): forbidding.append("`\(record)` \(why)")
            case .undecided(let why): undecided.append("`\(record)` \(why)")
            }
        }
        if !undecided.isEmpty { return .unknown("it depends on the CAA records of \(name): \(list(undecided))") }
        let identities = request.identities.isEmpty ? "" : " (this CA is \(request.identities.joined(separator: " or ")))"
        return .refused("the CAA records of \(name) do not allow it\(identities): \(list(forbidding))")
    }

    /// The first few, and how many more.
    private static func list(_ sentences: [String]) -> String {
        let shown = sentences.prefix(DNSLimits.valuesShownMax).joined(separator: "; ")
        let rest = sentences.count - DNSLimits.valuesShownMax
        return rest > 0 ? "\(shown); and \(rest) more" : shown
    }
}
