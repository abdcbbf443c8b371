internal import Core
internal import Manifests

extension ACMEIssuerSpec {
    init(from node: Node) throws(ManifestError) {
        self.init(
            server: try node.requiredString("server"),
            email: try node.string("email").flatMap { $0.isEmpty ? nil : $0 },
            privateKeySecretRef: try SecretKeySelector(from: try node.requiredMapping("privateKeySecretRef"), keyDefault: "tls.key"),
            caBundle: try ACMEIssuerSpec.caBundle(node),
            skipTLSVerify: try node.bool("skipTLSVerify") ?? false,
            preferredChain: try node.string("preferredChain"),
            profile: try node.string("profile"),
            externalAccountBinding: try node.mapping("externalAccountBinding").map { (node) throws(ManifestError) in
                try ExternalAccountBinding(from: node)
            },
            disableAccountKeyGeneration: try node.bool("disableAccountKeyGeneration") ?? false,
            enableDurationFeature: try node.bool("enableDurationFeature") ?? false,
            solvers: try node.mappings("solvers").map { (node) throws(ManifestError) in try ACMESolver(from: node) },
            fallbackIssuerRefs: try node.mappings("fallbackIssuerRefs").map { (node) throws(ManifestError) in
                try IssuerReference(from: node)
            },
            stagingServer: try node.string("stagingServer").flatMap { $0.isEmpty ? nil : $0 },
            renewalInformationSource: try node.string("renewalInformationSource").flatMap { $0.isEmpty ? nil : $0 })
    }

    /// base64 of PEM as in cert-manager, or PEM itself, which people write by mistake and cannot mean anything else.
    private static func caBundle(_ node: Node) throws(ManifestError) -> [UInt8]? {
        guard let bundle = node["caBundle"] else { return nil }
        let text = try bundle.string()
        if text.contains("-----BEGIN CERTIFICATE-----") { return Array(text.utf8) }
        guard let bytes = Base64.decode(bundle.bytes) else { throw bundle.error("not base64 of PEM certificates") }
        return bytes.isEmpty ? nil : bytes
    }
}

extension SecretKeySelector {
    init(from node: Node, keyDefault: String) throws(ManifestError) {
        let key = try node.string("key") ?? ""
        self.init(name: try node.requiredString("name"), key: key.isEmpty ? keyDefault : key)
    }
}

extension ExternalAccountBinding {
    init(from node: Node) throws(ManifestError) {
        self.init(
            keyID: try node.requiredString("keyID"),
            keySecretRef: try SecretKeySelector(from: try node.requiredMapping("keySecretRef"), keyDefault: "secret"))
    }
}

extension ACMESolver {
    init(from node: Node) throws(ManifestError) {
        self.init(
            selector: try node.mapping("selector").map { (node) throws(ManifestError) in
                ACMESolverSelector(
                    matchLabels: try node.stringMap("matchLabels"), dnsNames: try node.strings("dnsNames"),
                    dnsZones: try node.strings("dnsZones"))
            },
            challenge: try Challenge(from: node), waitInsteadOfSelfCheck: try ACMESolver.wait(node))
    }

    private static func wait(_ node: Node) throws(ManifestError) -> Duration? {
        guard let text = try node.string("waitInsteadOfSelfCheck"), !text.isEmpty else { return nil }
        guard let wait = text == "0" ? .zero : GoDuration.parse(text), wait <= ACMESolver.waitMax else {
            throw node.error(at: "waitInsteadOfSelfCheck", "not a duration such as 90s or 2m, or longer than an hour")
        }
        return wait
    }

    /// The longest wait. An order and its authorizations are of no use for much longer at most CAs.
    private static let waitMax = Duration.seconds(3600)
}

extension ACMESolver.Challenge {
    init(from node: Node) throws(ManifestError) {
        let members = node.entries.filter { $0.value.kind != .null && !["selector", "waitInsteadOfSelfCheck"].contains($0.key.text) }
        guard members.count <= 1 else { throw node.error("only one kind of challenge can be set in a solver") }
        guard let member = members.first else {
            self = .unsupported(kind: "")
            return
        }
        let name = member.key.text
        guard member.value.kind == .mapping else { throw member.value.mismatch("a mapping") }
        switch name {
        case "http01":
            let ingress = try member.value.mapping("ingress")
            let legacyClass = try ingress?.string("class")
            self = .http01(HTTP01Solver(ingressClassName: try ingress?.string("ingressClassName") ?? legacyClass))
        case "tlsALPN01": self = .tlsALPN01
        case "dnsPersist01": self = .dnsPersist01
        case "dns01": self = .dns01(try DNS01Solver(from: member.value))
        default: self = .unsupported(kind: name)
        }
    }
}
