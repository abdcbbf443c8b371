public import Core
internal import FoundationEssentials
internal import PKI

/// The requests of RFC 8555 to one CA: signs them, feeds them nonces, repeats what may be repeated, reads the answers.
///
/// Holds the directory and the nonces, nothing that a crash may not lose. Any number of callers may use one client at a time; they
/// share the nonces. Every method throws ``ACMEError`` and nothing else.
public actor ACMEClient {
    /// Where the CA's directory is; also the name of the CA in records and messages.
    public nonisolated let directoryURL: String
    let policy: URLPolicy
    private let transport: any ACMETransport
    let time: any TimeSource
    private var nonces = NoncePool()
    private var directoryRead: (directory: Directory, at: Date)?
    /// Until then nothing is sent, since the CA answered 429.
    private var pausedUntil: Date?

    /// A client of the CA with this directory; nothing is sent yet.
    ///
    /// - Throws: ``ACMEError`` with code `invalidRequest` for a directory URL that is neither https nor http to loopback.
    public init(directoryURL: String, transport: any ACMETransport, time: any TimeSource = SystemTime()) throws(ACMEError) {
        self.directoryURL = directoryURL
        policy = try URLPolicy(directoryURL: directoryURL)
        self.transport = transport
        self.time = time
    }

    /// The directory, read at most once in ``ACMELimits/directoryAgeMax``. RFC 8555 §7.1.1.
    public func directory() async throws(ACMEError) -> Directory {
        let now = time.now()
        if let read = directoryRead, (0...ACMELimits.directoryAgeMax.seconds).contains(now.timeIntervalSince(read.at)) {
            return read.directory
        }
        let subject = "directory \(directoryURL)"
        let response = try await get(directoryURL, subject: subject)
        let directory = try policy.check(try AnswerReader.object(Directory.self, in: response, subject: subject), subject: subject)
        directoryRead = (directory, now)
        return directory
    }

    /// One signed request: POST, or POST-as-GET with an empty payload (RFC 8555 §6.3), to its end.
    ///
    /// - Parameter isRepeatable: whether the same request may be sent again when it is unknown whether the first took effect. Where
    ///   it is not, only a 503 is repeated, which says that there was no effect (RFC 9110 §15.6.4).
    func post(
        _ url: String, _ payload: [UInt8], signer: RequestSigner, subject: String, isRepeatable: Bool = true,
        accept: String? = nil, bodyBytesMax: Int = ACMELimits.jsonBytesMax
    ) async throws(ACMEError) -> ACMEHTTPResponse {
        let url = try policy.check(url, "the URL", subject: subject)
        return try await repeating(subject, isRepeatable: isRepeatable) { () throws(ACMEError) in
            var refusals = 0
            while true {
                // Without a nonce nothing was sent, so that part may always be repeated, by one of the two loops.
                let nonce = try await self.nonce(isRepeatable: !isRepeatable)
                let body = try signer.sign(payload, url: url, nonce: nonce, subject: subject)
                let request = ACMEHTTPRequest(
                    method: .post, url: url, accept: accept, contentType: "application/jose+json", body: body,
                    bodyBytesMax: bodyBytesMax)
                do throws(ACMEError) {
                    return try await self.exchange(request, subject: subject)
                } catch {
                    guard error.problem?.acmeType == "badNonce", refusals < ACMELimits.badNonceRetriesMax else { throw error }
                    // RFC 8555 §6.5: the request had no effect and may be sent again at once with the nonce of the refusal.
                    refusals += 1
                }
            }
        }
    }

    /// The same to a resource of the directory. Where the CA no longer knows it, the directory is read anew, since the URL may have moved.
    ///
    /// - Throws: ``ACMEError`` with code `notOffered` when the directory lacks it.
    func post(
        to resource: (Directory) -> String?, named name: String, _ payload: [UInt8], signer: RequestSigner,
        subject: String, isRepeatable: Bool = true
    ) async throws(ACMEError) -> ACMEHTTPResponse {
        try await located(resource, named: name, subject: subject) { (url) throws(ACMEError) in
            try await self.post(url, payload, signer: signer, subject: subject, isRepeatable: isRepeatable)
        }
    }

    /// Runs a request with the URL of a resource in the directory, and once more when the CA has moved it since the directory was read.
    func located<R>(
        _ resource: (Directory) -> String?, named name: String, subject: String,
        _ attempt: (String) async throws(ACMEError) -> R
    ) async throws(ACMEError) -> R {
        guard let url = resource(try await directory()) else { throw .notOffered(subject, name) }
        do throws(ACMEError) {
            return try await attempt(url)
        } catch {
            // What stands behind the URL did not take the request, so it had no effect.
            guard error.code == .refused, let status = error.status, [404, 405, 410].contains(status), let read = directoryRead,
                time.now().timeIntervalSince(read.at) >= ACMELimits.directoryAgeMin.seconds
            else { throw error }
            directoryRead = nil
            guard let moved = resource(try await directory()), moved != url else { throw error }
            return try await attempt(moved)
        }
    }

    /// One unsigned GET to its end.
    func get(_ url: String, subject: String) async throws(ACMEError) -> ACMEHTTPResponse {
        let request = ACMEHTTPRequest(method: .get, url: url, accept: "application/json")
        return try await repeating(subject, isRepeatable: true) { () throws(ACMEError) in
            try await self.exchange(request, subject: subject)
        }
    }

    /// Sends a request once and turns everything that is not a success into an error.
    private func exchange(_ request: ACMEHTTPRequest, subject: String) async throws(ACMEError) -> ACMEHTTPResponse {
        while let until = pausedUntil, until > time.now() {
            try await pause(.seconds(until.timeIntervalSince(time.now())), subject: subject)
        }
        let response: ACMEHTTPResponse
        do {
            response = try await transport.send(request)
        } catch {
            throw AnswerReader.error(for: error, subject: subject, bodyBytesMax: request.bodyBytesMax)
        }
        let refusal = AnswerReader.refusal(in: response, subject: subject, bodyBytesMax: request.bodyBytesMax, now: time.now())
        if refusal?.problem?.acmeType == "badNonce" { nonces.removeAll() }
        if let refusal, refusal.code == .rateLimited { notePause(until: refusal.retryAfter) }
        // The answer to newNonce gives its nonce to whoever asked for it, see `nonce()`.
        if request.method == .post { nonces.put(response.header("Replay-Nonce")) }
        if let refusal { throw refusal }
        return response
    }

    /// Holds all requests of this client back for a while. Not for as long as the CA said: most limits are about one name or one resource,
    /// and the caller, who knows which, has the time in the error.
    private func notePause(until retryAfter: Date?) {
        let now = time.now()
        let until = retryAfter ?? now.addingTimeInterval(ACMELimits.rateLimitPauseDefault.seconds)
        let cut = min(until, now.addingTimeInterval(ACMELimits.rateLimitPauseMax.seconds))
        pausedUntil = max(pausedUntil ?? cut, cut)
    }

    private func nonce(isRepeatable: Bool) async throws(ACMEError) -> String {
        if let nonce = nonces.take() { return nonce }
        let subject = "newNonce at \(try await directory().newNonce)"
        let response = try await located({ $0.newNonce }, named: "newNonce", subject: subject) { (url) throws(ACMEError) in
            try await self.repeating(subject, isRepeatable: isRepeatable) { () throws(ACMEError) in
                try await self.exchange(ACMEHTTPRequest(method: .head, url: url), subject: subject)
            }
        }
        guard let nonce = response.header("Replay-Nonce") else {
            throw .malformed(subject, "the answer has no Replay-Nonce", status: response.status)
        }
        guard NoncePool.isValid(nonce) else {
            throw .malformed(subject, "the Replay-Nonce is not base64url of 1 to \(ACMELimits.nonceBytesMax) characters")
        }
        return nonce
    }

    /// Runs a request again after a passing failure, a bounded number of times.
    private func repeating(
        _ subject: String, isRepeatable: Bool, _ attempt: () async throws(ACMEError) -> ACMEHTTPResponse
    ) async throws(ACMEError) -> ACMEHTTPResponse {
        var repeats = 0
        while true {
            do {
                return try await attempt()
            } catch {
                guard isRepeatable || error.status == 503, repeats < ACMELimits.requestRetriesMax,
                    let delay = repeatDelay(after: error, repeats)
                else { throw error }
                repeats += 1
                try await pause(delay, subject: subject)
            }
        }
    }

    /// How long to wait before the same request is sent again, or nil when that would be of no use.
    private func repeatDelay(after error: ACMEError, _ repeats: Int) -> Duration? {
        // A network failure that somebody has to repair (certificate, proxy) has the fault `configuration`.
        guard error.code == .serverError || (error.code == .network && error.fault == .network) else { return nil }
        guard let retryAfter = error.retryAfter else { return ACMELimits.requestRetryDelay * (1 << repeats) }
        let delay = Duration.seconds(max(0.1, retryAfter.timeIntervalSince(time.now())))
        return delay <= ACMELimits.requestRetryAfterMax ? delay : nil
    }

    private func pause(_ duration: Duration, subject: String) async throws(ACMEError) {
        do { try await time.sleep(for: duration) } catch { throw .cancelled(subject) }
    }
}
