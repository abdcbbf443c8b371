internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

/// Looks from time to time whether certificates of ours are revoked, spread like the questions about renewals. One for each time in
/// office.
struct RevocationKeeper: Sendable {
    /// A certificate that names a place to ask at.
    struct Subject: Hashable, Sendable {
        /// SHA-256 in lower-case hex.
        let certificate: String
        let notAfter: Date
    }

    /// Gets the Secret, the certificate by its SHA-256, and since when it is revoked.
    typealias Report = @Sendable (NamespacedName, String, Date) async -> Void

    private let loop: PollLoop<Subject>

    init(checker: RevocationChecker, store: any Store, time: any TimeSource, logger: Logger, report: @escaping Report) {
        loop = PollLoop<Subject>(
            PollLoop.Settings(
                spread: IssuanceLimits.revocationSpread, atOnceMax: IssuanceLimits.pollsAtOnceMax, pause: IssuanceLimits.pollPause),
            time: time
        ) { name, subject in
            guard subject.notAfter > time.now() else { return nil }
            // The chain is only needed now, so it is not held for all certificates.
            guard let secret = try? await store.secret(name), let pem = secret.data[Secret.certificateKey],
                let chain = try? CertificateChain.parse(pem: pem), let leaf = chain.first, leaf.sha256Fingerprint == subject.certificate
            else { return time.now().addingTimeInterval(IssuanceLimits.revocationSpread.seconds) }
            let verdict = await checker.verdict(on: leaf, issuer: chain.dropFirst().first)
            switch verdict.status {
            case .good: break
            case .unknown(let why):
                logger.debug("whether a certificate is revoked is not known", metadata: ["secret": "\(name)", "reason": "\(why)"])
            case .revoked(let at, _):
                logger.warning(
                    "a certificate is revoked, and is replaced",
                    metadata: ["secret": "\(name)", "serial": "\(leaf.serialNumber)", "since": "\(at.formatted(.iso8601))"])
                await report(name, subject.certificate, at)
                return nil
            }
            return verdict.nextCheck
        }
    }

    /// Takes over what changed; nil for a certificate that nobody is to be asked about.
    func follow(_ changes: [NamespacedName: Subject?]) async { await loop.follow(changes) }

    /// Ends it and waits.
    func stop() async { await loop.stop() }
}
