public import Core
internal import PKI

/// What visitors of the hosts of a Secret get.
public enum ServedSecret: Hashable, Sendable {
    /// A certificate of the Secret: its SHA-256, lower-case hex. That of the moment or, while what the Secret holds now cannot be served, the
    /// last good one.
    case certificate(fingerprint: String)
    /// A self-signed placeholder.
    case placeholder
    /// Certificates of other Secrets, which were named for the hosts first, or cover them while this one cannot; or it is named for no host.
    case other
}

extension CertificateCatalog {
    /// What is served for each Secret that a served Ingress names for a host. Costs a pass over the hosts.
    public func servedSecrets() -> [NamespacedName: ServedSecret] {
        let index = current
        var served: [NamespacedName: ServedSecret] = [:]
        for secret in namedSecrets {
            var found: ServedSecret?
            for host in hosts(of: secret) {
                guard let credential = index.realCredential(for: host) else {
                    found = .placeholder
                    continue
                }
                // A host that the certificate does not cover gets a placeholder beside those that it does.
                if credential.secret == secret {
                    found = .certificate(fingerprint: credential.keyPair.leaf.sha256Fingerprint)
                    break
                }
                found = found ?? .other
            }
            // Without a host of its own it answers wherever its certificate happens to fit.
            served[secret] = found ?? .other
        }
        return served
    }
}
