public import Core

/// Which issuer a certificate comes from, as an Ingress or `--default-issuer` names it: cert-manager's `issuerRef` within our own group.
public struct IssuerName: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The two kinds of issuer objects; the raw value is the object's `kind`.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// `Issuer`, in the namespace of the Ingress.
        case issuer = "Issuer"
        /// `ClusterIssuer`, without a namespace.
        case clusterIssuer = "ClusterIssuer"
    }

    /// The object's kind.
    public let kind: Kind
    /// The object's name.
    public let name: String

    /// Makes a name; nothing is checked.
    public init(kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }

    /// Reads what `--default-issuer` takes: `NAME` (a ClusterIssuer), `ClusterIssuer/NAME` or `Issuer/NAME`.
    ///
    /// - Returns: nil for an empty name or another kind.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1 where !parts[0].isEmpty: self.init(kind: .clusterIssuer, name: String(parts[0]))
        case 2 where !parts[1].isEmpty:
            guard let kind = Kind(rawValue: String(parts[0])) else { return nil }
            self.init(kind: kind, name: String(parts[1]))
        default: return nil
        }
    }

    /// The identity of the object that an Ingress in this namespace means.
    public func object(from namespace: String) -> NamespacedName {
        switch kind {
        case .issuer: NamespacedName(namespace: namespace, name: name)
        case .clusterIssuer: NamespacedName(namespace: "", name: name)
        }
    }

    /// `Kind/NAME`.
    public var description: String { "\(kind.rawValue)/\(name)" }
}
