internal import ACME
internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import Logging
internal import PKI

extension IssuanceAttempt {
    /// Gets the certificate from an ACME CA, going on with a pending order where there is one.
    func obtain(from spec: ACMEIssuerSpec, _ keeper: RecordKeeper) async throws(IssuanceError) -> IssuedMaterial {
        let session = try await context.sessions.session(of: issuer.metadata.id, spec)
        do {
            let issued = try await session.accounts.withAccount { account throws(ACMEError) in
                try await order(spec, session.client, account, keeper)
            }
            return IssuedMaterial(chainPEM: issued.chainPEM, keyPEM: issued.keyPEM, caPEM: nil, leaf: issued.keyPair.leaf)
        } catch {
            throw IssuanceError(error)
        }
    }

    private func order(
        _ spec: ACMEIssuerSpec, _ client: ACMEClient, _ account: ACMEAccount, _ keeper: RecordKeeper
    ) async throws(ACMEError) -> IssuedCertificate {
        let record = await keeper.record.order
        let request = request(spec, resuming: record)
        let logger = context.logger
        let target = target
        let driver = OrderDriver(
            client: client, account: account, journal: keeper,
            responder: HTTP01Responder(challenges: context.challenges, target: target), time: context.time
        ) { step in
            logger.debug("order step", metadata: ["secret": "\(target)", "step": "\(step)"])
        }
        return try await driver.run(request, resuming: record)
    }

    /// What is asked of the CA.
    func request(_ spec: ACMEIssuerSpec, resuming record: OrderRecord?) -> OrderRequest {
        let names = item.desired.names
        // The addresses are canonical already, so none of them is left out.
        let addresses = names.ipAddresses.compactMap { try? ACMEIdentifier(parsing: $0) }
        return OrderRequest(
            identifiers: names.dnsNames.map { ACMEIdentifier($0) } + addresses,
            keyAlgorithm: item.desired.options.keyAlgorithm ?? CertificateOptions.keyAlgorithmDefault,
            profile: spec.profile, notAfter: notAfter(spec, resuming: record), preferredChain: spec.preferredChain)
    }

    /// The end to ask for, where the issuer's CA allows it (`enableDurationFeature`). A pending order keeps the one that it was
    /// made with: "in 90 days" is another moment at each restart, and would make another order of it.
    private func notAfter(_ spec: ACMEIssuerSpec, resuming record: OrderRecord?) -> Date? {
        guard spec.enableDurationFeature, let duration = item.desired.options.duration else { return nil }
        if let pending = record?.notAfter, pending > context.time.now() { return pending }
        return context.time.now().addingTimeInterval(duration.seconds)
    }
}
