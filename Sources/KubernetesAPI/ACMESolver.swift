/// One element of `spec.acme.solvers`: how to prove control of the names that its selector takes.
public struct ACMESolver: Hashable, Sendable {
    /// How control is proven.
    public enum Challenge: Hashable, Sendable {
        /// `http01`: answered by the proxy itself. RFC 8555 §8.3. Settings about solver Pods are ignored.
        case http01(HTTP01Solver)
        /// `tlsALPN01`, certctl's own. RFC 8737.
        case tlsALPN01
        /// `dns01`: a TXT record that a provider writes. RFC 8555 §8.4.
        case dns01(DNS01Solver)
        /// `dnsPersist01`, certctl's own. draft-ietf-acme-dns-persist.
        case dnsPersist01
        /// A member that is not known, or none at all (empty).
        case unsupported(kind: String)
    }

    /// Which names the solver takes; nil takes every name with the lowest priority.
    public var selector: ACMESolverSelector?
    /// How control is proven.
    public var challenge: Challenge
    /// How long to wait before the CA is asked, instead of looking first whether it would succeed; nil to look.
    public var waitInsteadOfSelfCheck: Duration?

    /// Makes a solver from its parts.
    public init(selector: ACMESolverSelector? = nil, challenge: Challenge, waitInsteadOfSelfCheck: Duration? = nil) {
        self.selector = selector
        self.challenge = challenge
        self.waitInsteadOfSelfCheck = waitInsteadOfSelfCheck
    }
}

/// `http01` of a solver: what of `ingress` or `gatewayHTTPRoute` still has a meaning without solver Pods.
public struct HTTP01Solver: Hashable, Sendable {
    /// `ingress.ingressClassName`, or `ingress.class`.
    public var ingressClassName: String?

    /// Makes a solver from its parts.
    public init(ingressClassName: String? = nil) {
        self.ingressClassName = ingressClassName
    }
}

/// `selector` of a solver. All given parts must match.
public struct ACMESolverSelector: Hashable, Sendable {
    /// Labels of the Ingress.
    public var matchLabels: [String: String]
    /// Names, exactly; a wildcard is listed literally.
    public var dnsNames: [String]
    /// Zones; the longest match wins.
    public var dnsZones: [String]

    /// Makes a selector from its parts.
    public init(matchLabels: [String: String] = [:], dnsNames: [String] = [], dnsZones: [String] = []) {
        self.matchLabels = matchLabels
        self.dnsNames = dnsNames
        self.dnsZones = dnsZones
    }

    /// Whether nothing is asked, which is the same as no selector.
    public var isEmpty: Bool { matchLabels.isEmpty && dnsNames.isEmpty && dnsZones.isEmpty }
}
