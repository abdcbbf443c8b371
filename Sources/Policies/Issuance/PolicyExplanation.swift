/// A decision, policy by policy and rule by rule: what `certctl policy test` and `certctl check` print.
public struct PolicyExplanation: Codable, Hashable, Sendable {
    /// One rule of one policy.
    public struct Rule: Codable, Hashable, Sendable {
        /// Which one.
        public var rule: PolicyRule
        /// Whether it allows what is asked for.
        public var isAllowed: Bool
        /// What is asked for: as far as it is not allowed, or all of it when it is.
        public var got: String
        /// What is allowed.
        public var allowed: String
    }

    /// A denial that hits.
    public struct Denial: Codable, Hashable, Sendable {
        /// The names that it denies.
        public var names: [String]
        /// Why, in the words of the policy.
        public var reason: String
    }

    /// One policy.
    public struct Policy: Codable, Hashable, Sendable {
        /// Whether a policy is about the certificate.
        public enum Selection: String, Codable, Hashable, Sendable {
            /// It is.
            case selected
            /// It is not.
            case notSelected
            /// Nobody knows, since the labels of the namespace are not known.
            case unknown
        }

        /// `metadata.name`.
        public var name: String
        /// Where it stands.
        public var source: String
        /// Whether it is about the certificate.
        public var selection: Selection
        /// Why it is not, or may not be; nil when it is.
        public var why: String?
        /// Denials that hit.
        public var denials: [Denial]
        /// The rules of `allowed`; nil when the policy has none, or is not about the certificate.
        public var rules: [Rule]?

        /// Whether it allows all of it.
        public var isAllowing: Bool { selection == .selected && (rules.map { $0.allSatisfy(\.isAllowed) } ?? false) }
    }

    /// Whether the certificate may be issued.
    public var isAllowed: Bool
    /// Why, in one line.
    public var summary: String
    /// All policies, by name.
    public var policies: [Policy]
}

extension IssuancePolicySet {
    /// The decision with its reasons. The same as ``verdict(on:)``, at leisure.
    public func explanation(of intent: CertificateIntent) -> PolicyExplanation {
        if let outage {
            return PolicyExplanation(isAllowed: false, summary: outage, policies: [])
        }
        let question = Question(intent)
        let explained = policies.map { explain($0, question) }
        let concerned = explained.filter { $0.selection != .notSelected }
        let denials = concerned.flatMap { policy in policy.denials.map { (policy.name, $0) } }
        let asked = concerned.filter { $0.rules != nil }
        let isAllowed: Bool
        let summary: String
        if !denials.isEmpty {
            isAllowed = false
            summary = Words.list(
                denials.map { name, denial in "policy \(name) denies \(Words.list(denial.names)): \(denial.reason)" }, separator: "; ")
        } else if let allowing = asked.first(where: \.isAllowing) {
            isAllowed = true
            summary = "policy \(allowing.name) allows it"
        } else if !asked.isEmpty {
            isAllowed = false
            summary = "no policy allows it: " + Words.list(asked.map(refusal), separator: "; ")
        } else {
            isAllowed = !deniesByDefault
            let deniers = policies.filter(\.deniesByDefault).map(\.name)
            summary =
                isAllowed
                ? "no policy is about it, so it is allowed"
                : "no policy is about it (namespace \(intent.namespace), \(intent.issuer)), and policy \(Words.list(deniers)) denies by default"
        }
        return PolicyExplanation(isAllowed: isAllowed, summary: summary, policies: explained)
    }

    private func refusal(_ policy: PolicyExplanation.Policy) -> String {
        if policy.selection == .unknown { return "policy \(policy.name): \(policy.why ?? "")" }
        let failed = (policy.rules ?? []).filter { !$0.isAllowed }
        return "policy \(policy.name): "
            + failed.map { "\($0.rule.rawValue): got \($0.got), allowed is \($0.allowed)" }.joined(separator: ", ")
    }

    private func explain(_ policy: IssuancePolicy, _ question: Question) -> PolicyExplanation.Policy {
        let intent = question.intent
        let answer = policy.selector.answer(intent)
        var explained = PolicyExplanation.Policy(
            name: policy.name, source: policy.source, selection: .selected, why: nil, denials: [], rules: nil)
        switch answer {
        case .yes: break
        case .unknown:
            explained.selection = .unknown
            explained.why = "the labels of namespace \(intent.namespace) are not known, so it allows nothing there"
        case .no(let mismatch):
            explained.selection = .notSelected
            explained.why = policy.selector.words(mismatch, intent)
            return explained
        }
        explained.denials = policy.denials.compactMap { denial in
            let hits = denial.hits(question)
            return hits.isEmpty ? nil : PolicyExplanation.Denial(names: hits, reason: denial.reason)
        }
        explained.rules = policy.allowed.map { allowed in PolicyRule.allCases.map { allowed.explain(question, $0) } }
        return explained
    }
}

extension IssuancePolicy.Selector {
    fileprivate func words(_ mismatch: Mismatch, _ intent: CertificateIntent) -> String {
        switch mismatch {
        case .namespace: "namespace \(intent.namespace) is not \(Words.list((namespaces ?? []).map(\.description), last: "or"))"
        case .issuer: "issuer \(intent.issuer) is not \(Words.list((issuers ?? []).map(\.description), last: "or"))"
        case .namespaceLabels:
            "namespace \(intent.namespace) does not have the labels \(namespaceLabels?.description ?? "")"
        }
    }
}
