public import Certificates
public import Core
internal import FoundationEssentials
public import Logging
internal import PKI

/// Gets an OCSP response for each certificate that is served and names a responder, and a newer one long before it ends, so that handshakes
/// carry one (RFC 6066 §8). One for each process that serves: it reads certificates and writes nowhere but to the credentials.
///
/// Nothing is kept across a restart: an answer costs one request, an old one from a disk would have to be distrusted anyway, and those who
/// serve may have no disk and no right to write.
public actor StaplingKeeper {
    private let checker: RevocationChecker
    private let time: any TimeSource
    private let logger: Logger
    private let random: @Sendable () -> Double
    /// By SHA-256 of the certificate.
    private var certificates: [String: StapledCertificate] = [:]
    /// When whose responder is to be asked. Not in it: who is being asked, and who has nobody to ask.
    private var questions = DueQueue<String>()
    /// When whose response is out of date.
    private var ends = DueQueue<String>()
    private var asking: Set<String> = []
    private var updates: UInt64 = 0
    private var failures: UInt64 = 0
    private var sleeper: Task<Void, Never>?
    /// When the sleeper wakes.
    private var wakes = Date.distantFuture
    private var isStopped = false

    /// Makes a keeper that has nothing to do yet.
    ///
    /// - Parameters:
    ///   - checker: may be the one that looks for revoked certificates: what one of them learns, the other need not ask for.
    ///   - random: numbers of 0 to below 1, for spreading questions.
    public init(
        checker: RevocationChecker, time: any TimeSource = SystemTime(), logger: Logger,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        self.checker = checker
        self.time = time
        self.logger = logger
        self.random = random
    }

    /// Takes over credentials that are newly presented. They are let go of by themselves when nobody holds them any more.
    public func follow(_ credentials: [Credential]) {
        guard !isStopped else { return }
        for credential in credentials {
            let leaf = credential.keyPair.leaf
            guard !credential.isPlaceholder, leaf.requiresStaple || !leaf.ocspURLs.isEmpty else { continue }
            let key = leaf.sha256Fingerprint
            certificates[key, default: StapledCertificate()].add(credential)
            guard questions.due(key) == nil, !asking.contains(key) else { continue }
            if credential.hasResponder {
                // Those first that clients refuse otherwise.
                questions.set(key, due: leaf.requiresStaple ? .distantPast : time.now())
            } else if ends.due(key) == nil {
                // Only to see whether it is still presented.
                ends.set(key, due: time.now() + RevocationLimits.checkPeriodMax.seconds)
            }
        }
        turn()
    }

    /// Ends it. Questions that are under way end with whoever carries them.
    public func stop() {
        isStopped = true
        sleeper?.cancel()
    }

    /// What an operator has to know, sorted.
    public func problems() -> [StaplingProblem] {
        certificates.values.flatMap { certificate in
            certificate.problems(isAsked: certificate.credentials.contains { $0.hasResponder })
        }.sorted()
    }

    /// How it goes.
    public func facts() -> StaplingFacts {
        var facts = StaplingFacts()
        (facts.updates, facts.failures) = (updates, failures)
        for certificate in certificates.values {
            guard let credential = certificate.credentials.first else { continue }
            switch certificate.answer {
            case .good: facts.stapled += 1
            case .revoked: facts.revoked += 1
            case .none: facts.missing += credential.hasResponder ? 1 : 0
            }
        }
        return facts
    }

    /// Certificates that are known, for the tests.
    var count: Int { certificates.count }
}

// MARK: Turns

extension StaplingKeeper {
    /// Does what is due, and sleeps until something is.
    private func turn() {
        guard !isStopped else { return }
        let now = time.now()
        while let key = ends.pop(at: now) {
            certificates[key]?.expire(at: now)
            guard !forgetIfUnused(key), questions.due(key) == nil, !asking.contains(key) else { continue }
            ends.set(key, due: now + RevocationLimits.checkPeriodMax.seconds)
        }
        while asking.count < RevocationLimits.staplesAtOnceMax, let key = questions.pop(at: now) {
            guard !forgetIfUnused(key) else { continue }
            asking.insert(key)
            Task { await self.ask(key) }
        }
        sleep()
    }

    private func sleep() {
        var next = ends.next()
        // Who has to wait for a place gets it when a question ends, not at a time.
        if asking.count < RevocationLimits.staplesAtOnceMax, let question = questions.next() { next = min(next ?? question, question) }
        guard let next else { return }
        let due = min(next, time.now() + RevocationLimits.stapleSleepMax.seconds)
        guard due < wakes else { return }
        sleeper?.cancel()
        wakes = due
        sleeper = Task { [weak self, time] in
            guard (try? await time.sleep(until: due)) != nil else { return }
            await self?.wake(due)
        }
    }

    private func wake(_ due: Date) {
        // Another sleeper may have taken its place at the last moment.
        guard due == wakes else { return }
        wakes = .distantFuture
        turn()
    }

    @discardableResult private func forgetIfUnused(_ key: String) -> Bool {
        guard certificates[key]?.credentials.isEmpty ?? true else { return false }
        certificates[key] = nil
        questions.remove(key)
        ends.remove(key)
        return true
    }
}

// MARK: Questions

extension StaplingKeeper {
    private func ask(_ key: String) async {
        guard let credential = certificates[key]?.credentials.first(where: { $0.hasResponder }), let issuer = credential.keyPair.issuer
        else {
            asking.remove(key)
            forgetIfUnused(key)
            return turn()
        }
        let answer: Result<OCSPEvidence, RevocationTransportError>
        do throws(RevocationTransportError) {
            answer = .success(try await checker.response(about: credential.keyPair.leaf, issuer: issuer))
        } catch { answer = .failure(error) }
        asking.remove(key)
        guard !isStopped else { return }
        if !forgetIfUnused(key) { take(answer, key, credential) }
        turn()
    }

    private func take(_ answer: Result<OCSPEvidence, RevocationTransportError>, _ key: String, _ credential: Credential) {
        let now = time.now()
        switch answer {
        case .failure(let error): fail("\(error)", key, credential)
        case .success(let response):
            switch response.evidence.status {
            case .good:
                let end = response.evidence.nextUpdate ?? now + RevocationLimits.stapleTimeWithoutEnd.seconds
                if response.der.count > RevocationLimits.stapleBytesMax {
                    fail(
                        "the OCSP response has \(response.der.count) bytes; at most \(RevocationLimits.stapleBytesMax) are stapled", key,
                        credential)
                } else if end <= now {
                    fail("the OCSP response is out of date since \(end.formatted(.iso8601))", key, credential)
                } else {
                    take(OCSPStaple(der: response.der, end: end), key, now)
                }
            case .revoked(let at, _): revoke(key, at, credential)
            // The checker gives no such answer.
            case .unknown: fail("the OCSP responder does not know the certificate", key, credential)
            }
        }
    }

    private func take(_ staple: OCSPStaple, _ key: String, _ now: Date) {
        updates += 1
        certificates[key]?.adopt(staple)
        if let end = certificates[key]?.end { ends.set(key, due: end) }
        let fraction = RevocationLimits.stapleRefreshFraction + RevocationLimits.stapleJitter * (2 * random() - 1)
        let wait = max(staple.end.timeIntervalSince(now) * fraction, RevocationLimits.stapleRefreshMin.seconds)
        questions.set(key, due: now + wait)
    }

    private func revoke(_ key: String, _ moment: Date, _ credential: Credential) {
        updates += 1
        if case .revoked = certificates[key]?.answer {
        } else {
            logger.warning(
                "a certificate is revoked, as its OCSP responder says",
                metadata: ["secret": "\(credential.secretText)", "since": "\(moment.formatted(.iso8601))"])
        }
        certificates[key]?.revoke(at: moment)
        ends.remove(key)
        // It may have been on hold.
        questions.set(key, due: time.now() + RevocationLimits.checkPeriodMax.seconds)
    }

    private func fail(_ why: String, _ key: String, _ credential: Credential) {
        failures += 1
        certificates[key]?.fail(why)
        let count = certificates[key]?.failures ?? 1
        let isRequired = credential.keyPair.leaf.requiresStaple && certificates[key]?.end == nil
        logger.log(
            level: isRequired && count == 1 ? .warning : .debug, "no OCSP response to staple",
            metadata: ["secret": "\(credential.secretText)", "reason": "\(why)"])
        // 2 to the power of what is left after so many hours is enough.
        let doubled = RevocationLimits.stapleRetryMin.seconds * Double(1 << min(count - 1, 10))
        let wait = min(doubled, RevocationLimits.stapleRetryMax.seconds) * (0.75 + 0.5 * random())
        questions.set(key, due: time.now() + wait)
    }
}

extension Credential {
    /// Whether its certificate names somebody to ask, and the chain has what a question and its answer need.
    fileprivate var hasResponder: Bool { !keyPair.leaf.ocspURLs.isEmpty && keyPair.issuer != nil }

    fileprivate var secretText: String { secret.map { "\($0)" } ?? "-" }
}
