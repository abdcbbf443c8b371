import Core
import Manifests
import Policies

/// Ways to write policies and certificates shortly.
enum Make {
    /// A policy from the inner lines of its `spec`.
    static func policy(_ spec: String, name: String = "p") throws -> IssuancePolicy {
        let policies = try documents("apiVersion: certctl.dev/v1alpha1\nkind: IssuancePolicy\nmetadata: {name: \(name)}\nspec: {\(spec)}\n")
            .issuance
        return policies[0]
    }

    /// Policies a, b, c, ... in one set.
    static func set(_ specs: String...) throws -> IssuancePolicySet {
        IssuancePolicySet(try zip("abcdefgh", specs).map { try policy($1, name: String($0)) })
    }

    static func documents(_ text: String, file: String = "policies.yaml") throws -> PolicyDocuments {
        try PolicyDocuments(reading: [PolicyDocuments.Source(file: file, bytes: Array(text.utf8))], otherKinds: ["TLSPolicy"])
    }

    static func intent(
        _ names: String..., in namespace: String = "shop", labels: [String: String]? = [:], addresses: [String] = [],
        from issuer: CertificateIntent.Issuer = .init(kind: "ClusterIssuer", name: "letsencrypt"),
        key: CertificateIntent.Key = .init(.ecdsa, bits: 256),
        lifetime: Duration? = nil, profile: String? = nil, commonName: String? = nil
    ) throws -> CertificateIntent {
        var intent = CertificateIntent(namespace: namespace, namespaceLabels: labels, issuer: issuer, key: key)
        intent.dnsNames = try names.map { try DNSName(parsing: $0) }
        intent.ipAddresses = addresses.compactMap { IPAddressText.octets(of: $0) }
        intent.lifetime = lifetime
        intent.profile = profile
        intent.commonName = commonName
        return intent
    }
}

extension IssuancePolicySet {
    /// Whether it allows; the verdict and the explanation always agree.
    func allows(_ intent: CertificateIntent) -> Bool {
        let explanation = explanation(of: intent)
        switch verdict(on: intent) {
        case .allowed:
            precondition(explanation.isAllowed)
            return true
        case .denied(let why):
            precondition(!explanation.isAllowed && explanation.summary == why && !why.isEmpty)
            return false
        }
    }
}
