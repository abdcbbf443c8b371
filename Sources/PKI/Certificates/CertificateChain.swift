/// Certificates of one chain in the order in which TLS sends them: leaf first, each followed by the one that signed it, without the
/// root. RFC 8446 §4.4.2. Says what had to be done to the input to get there.
public struct CertificateChain: Hashable, Sendable {
    /// Why a certificate of the input is not in the chain.
    public enum DropReason: String, Hashable, Sendable, CustomStringConvertible {
        /// The same certificate came before.
        case duplicate = "duplicate"
        /// A self-signed root; who does not have it does not trust it either.
        case root = "self-signed root"
        /// It signed nothing in the chain.
        case unrelated = "unrelated"

        /// In words: `self-signed root`.
        public var description: String { rawValue }
    }

    /// A certificate of the input that is not in the chain.
    public struct Dropped: Hashable, Sendable {
        /// Which one.
        public let certificate: Certificate
        /// Why.
        public let reason: DropReason
    }

    /// Leaf first; at least one.
    public let certificates: [Certificate]
    /// What was left out, in the order of the input.
    public let dropped: [Dropped]
    /// Whether what was kept stood in another order.
    public let isReordered: Bool

    /// The first certificate.
    public let leaf: Certificate

    /// The self-signed certificate at the end of the chain, if the input had it: the leaf itself, or one that was dropped.
    public var root: Certificate? {
        if leaf.isSelfIssued { return leaf }
        return dropped.first { $0.reason == .root }?.certificate
    }

    /// Orders certificates into the chain of one leaf.
    ///
    /// A next certificate is found by the names and key identifiers (RFC 4158 §3.5), and by its signature wherever these leave a doubt:
    /// when the identifiers are missing, when several fit, or when none does. Where they fit one, the signature is not computed: 10,000
    /// chains are read at start, and a client checks it anyway.
    ///
    /// - Parameter certificates: in any order, at most ``PKILimits/chainCertificatesMax`` when they come from ``parse(pem:)``.
    /// - Parameter leaf: the one to start from; it need not be among them.
    public init(repairing certificates: [Certificate], leaf: Certificate) {
        var reasons: [Int: DropReason] = [:]
        let leafIndex = certificates.firstIndex(of: leaf)
        for (index, certificate) in certificates.enumerated() where index != leafIndex {
            if certificate == leaf || certificates[..<index].contains(certificate) { reasons[index] = .duplicate }
        }
        var remaining = certificates.indices.filter { $0 != leafIndex && reasons[$0] == nil }
        var order = leafIndex.map { [$0] } ?? []
        var chain = [leaf]
        var current = leaf
        while !current.isSelfIssued, let next = Self.issuer(of: current, among: remaining, in: certificates) {
            remaining.removeAll { $0 == next }
            current = certificates[next]
            if current.isSelfIssued {
                reasons[next] = .root
            } else {
                chain.append(current)
                order.append(next)
            }
        }
        for index in remaining { reasons[index] = .unrelated }
        self.leaf = leaf
        self.certificates = chain
        dropped = reasons.sorted { $0.key < $1.key }.map { Dropped(certificate: certificates[$0.key], reason: $0.value) }
        isReordered = order != order.sorted()
    }

    private static func issuer(of current: Certificate, among remaining: [Int], in certificates: [Certificate]) -> Int? {
        let identified = remaining.filter { current.namesAndIdentifies(certificates[$0]) }
        if identified.count == 1 { return identified[0] }
        let fitting = (identified.isEmpty ? remaining : identified).filter { current.isIssued(by: certificates[$0]) }
        // A root and its cross-signed twin have one name and one key; the twin leads on to older clients' roots.
        return fitting.first { !certificates[$0].isSelfIssued } ?? fitting.first
    }
}
