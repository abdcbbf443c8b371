public import Core
internal import FoundationEssentials
public import PKI

/// Finds out whether certificates are revoked: by OCSP where a certificate names a responder, else from the revocation list of its CA.
/// RFC 6960, RFC 5280 §5.
///
/// URLs come from certificates: they are as trustworthy as whoever had these put into a Secret. So everything is bounded, and only what is
/// signed by the issuer counts. Lists are kept and shared by the certificates that name them.
public actor RevocationChecker {
    /// A list is only worth something together with the CA that it was checked against.
    struct ListKey: Hashable {
        let url: String
        let issuer: String
    }

    /// A URL that does not answer.
    private struct Failure {
        var until: Date
        var error: RevocationTransportError
        /// How long it was left alone for.
        var period: Duration
    }

    private let transport: any RevocationTransport
    private let time: any TimeSource
    private var verdicts: [String: RevocationVerdict] = [:]
    private var lists = RevocationListCache()
    private var downloads: [ListKey: Task<Result<RevocationList, RevocationTransportError>, Never>] = [:]
    private var failures: [String: Failure] = [:]
    private var running = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Makes a checker that knows nothing.
    public init(transport: any RevocationTransport, time: any TimeSource = SystemTime()) {
        self.transport = transport
        self.time = time
    }

    /// Checks a certificate. Asks nobody before the ``RevocationVerdict/nextCheck`` of the last verdict.
    ///
    /// - Parameter issuer: the CA's certificate, which the chain in a Secret has; nil when it has none.
    public func verdict(on certificate: Certificate, issuer: Certificate?) async -> RevocationVerdict {
        let now = time.now()
        let fingerprint = certificate.sha256Fingerprint
        if let known = verdicts[fingerprint], known.nextCheck > now { return known }
        let verdict = await ask(about: certificate, issuer: issuer, now)
        remember(verdict, fingerprint, now)
        return verdict
    }

    /// Asks the OCSP responders that a certificate names, whatever is known already, for a response that can be handed on.
    ///
    /// - Returns: one that says that the certificate is good, or that it is revoked.
    /// - Throws: why there is none.
    public func response(about certificate: Certificate, issuer: Certificate) async throws(RevocationTransportError) -> OCSPEvidence {
        guard certificate.isValid(at: time.now()) else {
            throw RevocationTransportError("the certificate is not valid at this time")
        }
        guard certificate.isIssued(by: issuer) else {
            throw RevocationTransportError("the chain has no certificate of the issuer")
        }
        var reasons: [String] = []
        for url in certificate.ocspURLs.prefix(RevocationLimits.urlsMax) {
            do {
                let answer = try await askResponder(url, certificate, issuer)
                guard let verdict = verdict(from: answer.evidence, .ocsp(url: url)) else {
                    reasons.append("\(RevocationVerdict.Source.ocsp(url: url)) does not know the certificate")
                    continue
                }
                // Whoever asks for the verdict next need not ask the responder again.
                remember(verdict, certificate.sha256Fingerprint, time.now())
                return answer
            } catch { reasons.append("\(RevocationVerdict.Source.ocsp(url: url)): \(error)") }
        }
        if reasons.isEmpty { reasons.append("the certificate names no OCSP responder") }
        throw RevocationTransportError(reasons.joined(separator: "; ").oneLine(bytesMax: 1024))
    }

    private func remember(_ verdict: RevocationVerdict, _ fingerprint: String, _ now: Date) {
        if verdicts.count >= RevocationLimits.verdictsMax {
            verdicts = verdicts.filter { $0.value.nextCheck > now }
            if verdicts.count >= RevocationLimits.verdictsMax { verdicts = [:] }
        }
        verdicts[fingerprint] = verdict
    }

    private func ask(about certificate: Certificate, issuer: Certificate?, _ now: Date) async -> RevocationVerdict {
        func unknown(_ why: String, askAfter period: Duration = RevocationLimits.silencePeriod) -> RevocationVerdict {
            RevocationVerdict(.unknown(why), nextCheck: now + period.seconds)
        }
        guard certificate.isValid(at: now) else { return unknown("the certificate is not valid at this time") }
        let responders = certificate.ocspURLs.prefix(RevocationLimits.urlsMax)
        let lists = certificate.crlURLs.prefix(RevocationLimits.urlsMax)
        guard !responders.isEmpty || !lists.isEmpty else {
            return unknown("the certificate names no OCSP responder and no revocation list")
        }
        guard let issuer, certificate.isIssued(by: issuer) else { return unknown("the chain has no certificate of the issuer") }
        var reasons: [String] = []
        for source in responders.map(RevocationVerdict.Source.ocsp) + lists.map(RevocationVerdict.Source.list) {
            switch await ask(source, certificate, issuer) {
            case .success(let evidence):
                if let verdict = verdict(from: evidence, source) { return verdict }
                reasons.append("\(source) does not know the certificate")
            case .failure(let error): reasons.append("\(source): \(error)")
            }
        }
        return unknown(reasons.joined(separator: "; ").oneLine(bytesMax: 1024), askAfter: RevocationLimits.retryPeriod)
    }

    /// Nil when the evidence is that nothing is known.
    private func verdict(from evidence: RevocationEvidence, _ source: RevocationVerdict.Source) -> RevocationVerdict? {
        let now = time.now()
        var wait = RevocationLimits.checkPeriodMax.seconds
        // A new answer mostly exists long before the old one ends.
        if let nextUpdate = evidence.nextUpdate { wait = min(wait, nextUpdate.timeIntervalSince(now) / 2) }
        let nextCheck = now + max(wait, RevocationLimits.checkPeriodMin.seconds)
        switch evidence.status {
        case .good: return RevocationVerdict(.good, source: source, nextCheck: nextCheck)
        case .revoked(let at, let reason):
            return RevocationVerdict(.revoked(at: at, reason: reason), source: source, nextCheck: nextCheck)
        case .unknown: return nil
        }
    }
}

// MARK: Asking

extension RevocationChecker {
    private func ask(
        _ source: RevocationVerdict.Source, _ certificate: Certificate, _ issuer: Certificate
    ) async -> Result<RevocationEvidence, RevocationTransportError> {
        do {
            switch source {
            case .ocsp(let url): return .success(try await askResponder(url, certificate, issuer).evidence)
            case .list(let url):
                let list = try await list(ListKey(url: url, issuer: issuer.sha256Fingerprint), issuer)
                return .success(try list.evidence(about: certificate, at: time.now()))
            }
        } catch {
            return .failure(error as? RevocationTransportError ?? RevocationTransportError("\(error)"))
        }
    }

    private func askResponder(_ url: String, _ certificate: Certificate, _ issuer: Certificate) async throws -> OCSPEvidence {
        let request = try OCSPRequest(for: certificate, issuer: issuer)
        let body = try await fetch(
            RevocationQuery(url: url, body: request.der, bytesMax: PKILimits.ocspResponseBytesMax, timeout: RevocationLimits.ocspTime))
        return OCSPEvidence(
            der: body, evidence: try OCSPResponse.evidence(in: body, about: certificate, issuer: issuer, at: time.now()))
    }

    private func list(_ key: ListKey, _ issuer: Certificate) async throws -> RevocationList {
        if let known = lists.list(key, now: time.now(), isFresh: true) { return known }
        switch await download(key, issuer) {
        case .success(let new): return new
        case .failure(let error):
            // What we have may be old, and still hold.
            guard let known = lists.list(key, now: time.now(), isFresh: false), known.nextUpdate ?? .distantFuture > time.now() else {
                throw error
            }
            return known
        }
    }

    /// Downloads a list once, whoever waits for it.
    private func download(_ key: ListKey, _ issuer: Certificate) async -> Result<RevocationList, RevocationTransportError> {
        if let running = downloads[key] { return await running.value }
        let task = Task { await self.downloadNow(key, issuer) }
        downloads[key] = task
        let result = await task.value
        downloads[key] = nil
        return result
    }

    private func downloadNow(_ key: ListKey, _ issuer: Certificate) async -> Result<RevocationList, RevocationTransportError> {
        do {
            let body = try await fetch(
                RevocationQuery(
                    url: key.url, body: nil, bytesMax: PKILimits.revocationListBytesMax, timeout: RevocationLimits.listTime))
            let now = time.now()
            let list = try RevocationList(der: body, issuer: issuer, at: now)
            lists.keep(list, key, now: now)
            return .success(list)
        } catch {
            return .failure(error as? RevocationTransportError ?? RevocationTransportError("\(error)"))
        }
    }

    /// Sends a request when its turn comes; not to where one has failed a moment ago.
    private func fetch(_ request: RevocationQuery) async throws(RevocationTransportError) -> [UInt8] {
        await takeTurn()
        defer { giveTurn() }
        if let failure = failures[request.url], failure.until > time.now() { throw failure.error }
        do throws(RevocationTransportError) {
            let body = try await transport.fetch(request)
            failures[request.url] = nil
            return body
        } catch {
            let known = failures[request.url]
            if known == nil, failures.count >= RevocationLimits.failuresMax { failures = [:] }
            let period = known.map { min($0.period * 2, RevocationLimits.failurePeriodMax) } ?? RevocationLimits.failurePeriodMin
            failures[request.url] = Failure(until: time.now() + period.seconds, error: error, period: period)
            throw error
        }
    }

    private func takeTurn() async {
        if running < RevocationLimits.requestsAtOnceMax {
            running += 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    /// To the next in the queue, or back.
    private func giveTurn() {
        if waiting.isEmpty { running -= 1 } else { waiting.removeFirst().resume() }
    }
}

extension RevocationVerdict.Source: CustomStringConvertible {
    /// `OCSP responder URL` or `revocation list URL`.
    public var description: String {
        switch self {
        case .ocsp(let url): "OCSP responder \(url)"
        case .list(let url): "revocation list \(url)"
        }
    }
}
