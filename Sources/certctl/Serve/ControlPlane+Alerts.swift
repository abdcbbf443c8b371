internal import Alerts
internal import Certificates
internal import Core
internal import Issuance
internal import PKI

extension ControlPlane {
    /// What the rules of alerts look at; nil before everything that there is has been read, and once the process drains.
    func alertInput() async -> AlertInput? {
        guard isReady else { return nil }
        let facts = await issuance.facts()
        let issuers = await issuance.issuerFacts()
        return AlertInput(certificates: facts, issuers: issuers, served: proxy == nil ? nil : served(facts), now: time.now())
    }

    /// What visitors of the hosts of these certificates get. A host that another Secret answers for is left out: that is a conflict of
    /// Ingresses, which is told elsewhere.
    private func served(_ facts: [CertificateFact]) -> [AlertInput.Served] {
        guard let index else { return [] }
        var served: [AlertInput.Served] = []
        for fact in facts where fact.fingerprint != nil {
            for host in fact.hosts {
                let credential = index.credential(for: host.hasPrefix("*.") ? "any" + host.dropFirst() : host)
                guard let credential, credential.isPlaceholder || credential.secret == fact.secret else { continue }
                let fingerprint = credential.isPlaceholder ? nil : credential.keyPair.leaf.sha256Fingerprint
                served.append(AlertInput.Served(secret: fact.secret.description, host: host, fingerprint: fingerprint))
            }
        }
        return served
    }
}
