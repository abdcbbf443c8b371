/// All policies in force, and the decision about one certificate.
///
/// 1. A denial of a policy that selects the certificate refuses it, whatever any policy allows.
/// 2. Of the policies that select it and have `allowed`, one has to allow all of it; what one allows in part and another in part is refused.
/// 3. When there are none of those, it is allowed, unless any policy says `default: deny`.
///
/// A policy with a `namespaceSelector`, about a namespace whose labels are not known, may or may not select: its denials count, and it
/// allows nothing (2.).
public struct IssuancePolicySet: Hashable, Sendable {
    /// Sorted by name.
    public let policies: [IssuancePolicy]
    /// Whether a certificate that no policy speaks about is refused.
    public let deniesByDefault: Bool
    /// Why nothing at all may be issued: the policies are not known. Nil when they are.
    public let outage: String?
    /// The policies of a namespace that they name without a star, by position.
    private let byNamespace: [String: [Int]]
    /// The others.
    private let general: [Int]

    /// Makes a set. No policies allow everything.
    public init(_ policies: [IssuancePolicy]) { self.init(policies, outage: nil) }

    /// A set that refuses everything, because the policies are not known.
    ///
    /// - Parameter why: a sentence for those who ask.
    public static func unknown(_ why: String) -> IssuancePolicySet { IssuancePolicySet([], outage: why) }

    private init(_ policies: [IssuancePolicy], outage: String?) {
        self.policies = policies.sorted { ($0.name, $0.source) < ($1.name, $1.source) }
        self.outage = outage
        deniesByDefault = policies.contains(where: \.deniesByDefault)
        var byNamespace: [String: [Int]] = [:]
        var general: [Int] = []
        for (index, policy) in self.policies.enumerated() where policy.allowed != nil || !policy.denials.isEmpty {
            let exact = policy.selector.namespaces.map { $0.compactMap(\.exactText) }
            if let exact, exact.count == policy.selector.namespaces?.count {
                for namespace in Set(exact) { byNamespace[namespace, default: []].append(index) }
            } else {
                general.append(index)
            }
        }
        self.byNamespace = byNamespace
        self.general = general
    }

    /// Whether any policy asks for labels of namespaces.
    public var needsNamespaceLabels: Bool { policies.contains { $0.selector.namespaceLabels != nil } }

    /// The decision. Pure; microseconds while it is a yes.
    public func verdict(on intent: CertificateIntent) -> PolicyVerdict {
        guard outage == nil else { return .denied(explanation(of: intent).summary) }
        let question = Question(intent)
        var isSpokenAbout = false
        var isAllowed = false
        var isDenied = false
        func look(at policy: IssuancePolicy) {
            let answer = policy.selector.answer(intent)
            if case .no = answer { return }
            if policy.denials.contains(where: { $0.isHit(by: question) }) { isDenied = true }
            guard let allowed = policy.allowed else { return }
            isSpokenAbout = true
            if answer == .yes, !isAllowed { isAllowed = allowed.allows(question) }
        }
        for index in byNamespace[intent.namespace] ?? [] { look(at: policies[index]) }
        for index in general { look(at: policies[index]) }
        if !isDenied, isSpokenAbout ? isAllowed : !deniesByDefault { return .allowed }
        return .denied(explanation(of: intent).summary)
    }
}

/// The decision about one certificate.
public enum PolicyVerdict: Hashable, Sendable {
    /// It may be issued.
    case allowed
    /// It may not, and this is why: one line.
    case denied(String)
}
