public import Core

/// One rule of one Ingress, compiled: what it matches and where it leads. Immutable; its identity lasts as long as its Ingress
/// is unchanged, so that per-route state may be keyed by it.
public final class Route: Sendable {
    /// What kind of rule it is.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// `pathType: Exact`.
        case exact = "Exact"
        /// `pathType: Prefix`, by whole path elements.
        case prefix = "Prefix"
        /// `pathType: ImplementationSpecific`, which matches as `Prefix`.
        case implementationSpecific = "ImplementationSpecific"
        /// `spec.defaultBackend` of an Ingress with rules: whatever its hosts do not match.
        case ingressDefault = "IngressDefault"
        /// `spec.defaultBackend` of an Ingress without rules: whatever nothing matches.
        case classDefault = "ClassDefault"
    }

    /// The Ingress that the rule stands in.
    public let ingress: NamespacedName
    /// The host pattern in lower-case A-labels: a name, `*.` and a name, or empty for every host.
    public let host: String
    /// What kind of rule it is.
    public let kind: Kind
    /// The path as the Ingress has it; `/` for a default backend.
    public let path: String
    /// The ``Upstream/id`` that it leads to.
    public let upstreamID: Int
    /// A small number that belongs to this rule while its Ingress has it, also when other things about the Ingress change, and to another
    /// one afterwards: what the data plane counts is indexed by it.
    public let number: Int
    /// The canonical path; a prefix without its trailing slash, so the root is empty.
    let matchPath: [UInt8]

    init(ingress: NamespacedName, host: String, kind: Kind, path: String, matchPath: [UInt8], upstreamID: Int, number: Int) {
        self.ingress = ingress
        self.host = host
        self.kind = kind
        self.path = path
        self.matchPath = matchPath
        self.upstreamID = upstreamID
        self.number = number
    }

    /// Whether the other one is the same rule, perhaps read again.
    public func isSame(as other: Route) -> Bool {
        self === other
            || upstreamID == other.upstreamID && kind == other.kind && path == other.path && host == other.host && ingress == other.ingress
    }
}
