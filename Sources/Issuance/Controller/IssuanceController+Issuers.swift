internal import ACME
public import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import PKI
internal import Store

extension IssuanceController {
    /// What is known about the issuers that certctl offers, sorted by name.
    public func issuerFacts() async -> [IssuerFact] {
        var facts: [IssuerFact] = []
        for (name, issuer) in plan.objects.issuers.sorted(by: { $0.key < $1.key }) {
            guard let readiness = await readiness(of: issuer) else { continue }
            facts.append(IssuerFact(issuer: name, readiness: readiness))
        }
        return facts
    }

    /// Finds or makes the accounts of ACME issuers without waiting for a certificate that needs them, and without waiting for the CA:
    /// ``changes()`` tells when one is there. Nothing happens while the controller does not work, nor for an issuer that failed until the
    /// ladder allows another try.
    ///
    /// - Parameter issuers: Which ones.
    public func registerAccounts(of issuers: Set<NamespacedName>) async {
        for name in issuers.sorted() {
            guard isActive, case .acme(let spec)? = plan.objects.issuers[name]?.spec else { continue }
            switch await context.sessions.accountState(of: name, spec) {
            case .registered: continue
            case .failed(_, let nextAttempt) where nextAttempt > context.time.now(): continue
            case .failed, .unknown: break
            }
            let sessions = context.sessions
            Task { [weak self] in
                // A failure is kept there, for the facts and for the next certificate.
                _ = try? await sessions.session(of: name, spec)
                await self?.noteChange()
            }
        }
    }

    private func noteChange() {
        if isActive { changed?.yield() }
    }

    private func readiness(of issuer: Issuer) async -> IssuerFact.Readiness? {
        let name = issuer.metadata.id
        switch issuer.spec {
        case .selfSigned: return .ready
        case .unsupported: return nil
        case .ca(let spec):
            let secret = NamespacedName(namespace: context.settings.resourceNamespace(of: name), name: spec.secretName)
            return keyPairReadiness(secret)
        case .acme(let spec):
            switch await context.sessions.accountState(of: name, spec) {
            case .registered(let url): return .accountRegistered(url: url, email: spec.email)
            case .failed(let message, _): return .accountFailed(message)
            case .unknown: return .unknown
            }
        }
    }

    private func keyPairReadiness(_ name: NamespacedName) -> IssuerFact.Readiness {
        guard let secret = plan.objects.secrets[name] else { return .keyPairMissing("secret \"\(name.name)\" not found") }
        guard let certificate = secret.data[Secret.certificateKey], let key = secret.data[Secret.privateKeyKey] else {
            return .keyPairMissing("secret \"\(name.name)\" lacks tls.crt or tls.key")
        }
        do throws(PKIError) {
            _ = try CertificateAuthority(keyPair: TLSKeyPair(certificatePEM: certificate, privateKeyPEM: key))
            return .keyPairVerified
        } catch {
            return .keyPairInvalid(error.description)
        }
    }
}
