public import Manifests

extension Issuer {
    /// Reads an Issuer or a ClusterIssuer in cert-manager's shape.
    public init(from root: Node, scope: Scope) throws(ManifestError) {
        self.init(
            metadata: try ObjectMeta(fromRoot: root, isClusterScoped: scope == .cluster),
            scope: scope,
            spec: try Spec(from: try root.requiredMapping("spec")),
            status: IssuerStatus(ofObject: root))
    }
}

extension Issuer.Spec {
    init(from node: Node) throws(ManifestError) {
        let members = node.entries.filter { $0.value.kind != .null }
        guard let member = members.first else { throw node.error("acme, ca or selfSigned is needed") }
        guard members.count == 1 else { throw node.error("only one of acme, ca and selfSigned can be set") }
        let name = member.key.text
        guard member.value.kind == .mapping else { throw member.value.mismatch("a mapping") }
        switch name {
        case "acme": self = .acme(try ACMEIssuerSpec(from: member.value))
        case "ca": self = .ca(try CAIssuerSpec(from: member.value))
        case "selfSigned":
            self = .selfSigned(SelfSignedIssuerSpec(crlDistributionPoints: try member.value.strings("crlDistributionPoints")))
        default: self = .unsupported(kind: name)
        }
    }
}

extension CAIssuerSpec {
    init(from node: Node) throws(ManifestError) {
        self.init(
            secretName: try node.requiredString("secretName"),
            crlDistributionPoints: try node.strings("crlDistributionPoints"),
            ocspServers: try node.strings("ocspServers"),
            issuingCertificateURLs: try node.strings("issuingCertificateURLs"))
    }
}

extension IssuerReference {
    init(from node: Node) throws(ManifestError) {
        self.init(
            kind: try node.string("kind") ?? "Issuer", name: try node.requiredString("name"),
            group: try node.string("group") ?? "cert-manager.io")
    }
}
