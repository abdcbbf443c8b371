internal import Core

/// One of the things that `allowed` speaks about.
public enum PolicyRule: String, Hashable, Sendable, Codable, CaseIterable {
    /// Each DNS name is in a pattern.
    case dnsNames
    /// No wildcard name, unless they are allowed.
    case wildcards
    /// Each address is in a range.
    case ipAddresses
    /// The common name is one of the names, or in a pattern.
    case commonName
    /// The key is of an allowed sort and size.
    case privateKey
    /// The lifetime that is asked for is within bounds.
    case lifetime
    /// The profile is one of those allowed.
    case profile
    /// There are not too many names.
    case maxNames
}

/// An intent, made ready for many policies to look at.
struct Question {
    let intent: CertificateIntent
    let names: [SplitName]

    init(_ intent: CertificateIntent) {
        self.intent = intent
        names = intent.dnsNames.map(SplitName.init)
    }

    /// A common name that is not one of the names, so that it says something of its own.
    var ownCommonName: String? {
        guard let name = intent.commonName else { return nil }
        if let parsed = try? DNSName(parsing: name) { return intent.dnsNames.contains(parsed) ? nil : name }
        if let octets = IPAddressText.octets(of: name) { return intent.ipAddresses.contains(octets) ? nil : name }
        return name
    }

    var hasWildcard: Bool { intent.dnsNames.contains(where: \.isWildcard) }
}

extension IssuancePolicy.Allowed {
    /// Whether everything is allowed.
    func allows(_ question: Question) -> Bool { PolicyRule.allCases.allSatisfy { allows(question, $0) } }

    /// Whether it is, as far as one rule is concerned.
    func allows(_ question: Question, _ rule: PolicyRule) -> Bool {
        let intent = question.intent
        switch rule {
        case .dnsNames: return question.names.allSatisfy { name in dnsNames.contains { $0.contains(name) } }
        case .wildcards: return wildcards || !question.hasWildcard
        case .ipAddresses: return intent.ipAddresses.allSatisfy { address in ipAddresses.contains { $0.contains(address) } }
        case .commonName: return question.ownCommonName.map { name in commonNames.contains { $0.matches(name) } } ?? true
        case .privateKey: return privateKeys.map { keys in keys.contains { $0.contains(intent.key) } } ?? true
        case .lifetime:
            guard let lifetime = intent.lifetime else { return true }
            return lifetime >= lifetimeMin ?? lifetime && lifetime <= lifetimeMax ?? lifetime
        case .profile: return profiles?.contains(intent.profile ?? "") ?? true
        case .maxNames: return intent.dnsNames.count + intent.ipAddresses.count <= namesMax ?? .max
        }
    }
}

extension IssuancePolicy.Denial {
    /// The names that it denies, as text; a common name counts as the name that it can be read as.
    func hits(_ question: Question) -> [String] {
        var hits: [String] = []
        for name in question.names where (wildcards && name.name.isWildcard) || dnsNames.contains(where: { $0.overlaps(name) }) {
            hits.append(name.name.ascii)
        }
        for address in question.intent.ipAddresses where ipAddresses.contains(where: { $0.contains(address) }) {
            hits.append(IPAddressText.text(of: address) ?? "")
        }
        return hits
    }

    /// Whether it denies any.
    func isHit(by question: Question) -> Bool {
        question.names.contains { name in (wildcards && name.name.isWildcard) || dnsNames.contains { $0.overlaps(name) } }
            || question.intent.ipAddresses.contains { address in ipAddresses.contains { $0.contains(address) } }
    }
}

extension IssuancePolicy.Selector {
    /// Whether a policy is about a certificate.
    enum Answer: Hashable {
        /// It is.
        case yes
        /// It is not, and this is why.
        case no(Mismatch)
        /// It may be: the labels of the namespace are not known.
        case unknown
    }

    /// What does not fit.
    enum Mismatch: Hashable {
        case namespace
        case namespaceLabels
        case issuer
    }

    /// Whether a policy is about a certificate.
    func answer(_ intent: CertificateIntent) -> Answer {
        if let namespaces, !namespaces.contains(where: { $0.matches(intent.namespace) }) { return .no(.namespace) }
        if let issuers, !issuers.contains(where: { $0.matches(intent.issuer) }) { return .no(.issuer) }
        guard let namespaceLabels else { return .yes }
        guard let labels = intent.namespaceLabels else { return .unknown }
        return namespaceLabels.matches(labels) ? .yes : .no(.namespaceLabels)
    }
}
