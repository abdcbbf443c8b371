internal import Certificates
internal import HTTP1
internal import NIOCore
internal import Routing

/// What becomes of a request, from its head alone.
enum RequestDecision {
    /// The proxy answers itself.
    case answer(LocalAnswer)
    /// It goes to an upstream.
    case forward(Upstream)
    /// It may be for a http-01 token that somebody else has stored just now.
    case lookUp(token: String)
}

/// What is known of the token in a request, besides what was published.
enum TokenKnowledge {
    /// Nothing yet.
    case none
    /// There is no answer to be found.
    case unknown
    /// The answer that was found.
    case found(String)
}

extension ProxyLoop {
    /// Decides about a request. In this order: methods that are not served, challenges, the redirect to HTTPS, routes, limits.
    func decide(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>, isTLS: Bool, knowing token: TokenKnowledge = .none
    ) -> RequestDecision {
        matchedRoute = RequestMetrics.noRoute
        switch (head.method, head.targetForm) {
        case (.connect, _): return .answer(LocalAnswer(status: 501))
        case (.trace, _): return .answer(.methodNotAllowed)
        case (_, .asterisk): return .answer(.serverOptions)
        case (_, .origin), (_, .absolute), (_, .authority): break
        }
        let target = bytes.extracting(head.pathRange)
        // An absolute target may have no path, which means the root. RFC 9112 §3.2.1.
        let hasPath = target.count > 0 && target[0] != UInt8(ascii: "?")
        switch hasPath ? CanonicalPath.form(of: target, into: &pathStorage) : .unchanged(count: 0) {
        case .unchanged(count: 0):
            let root = Self.root
            return decide(head, bytes, path: root.span, isTLS: isTLS, token)
        case .unchanged(let count): return decide(head, bytes, path: target.extracting(0..<count), isTLS: isTLS, token)
        case .rewritten:
            let path = pathStorage
            return decide(head, bytes, path: path.span, isTLS: isTLS, token)
        case .refused: return .answer(LocalAnswer(status: 400))
        }
    }

    private func decide(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>, path: Span<UInt8>, isTLS: Bool, _ knowledge: TokenKnowledge
    ) -> RequestDecision {
        let isChallenge = path.hasPrefix(Self.challengePrefix)
        if isChallenge, head.method == .get || head.method == .head {
            let token = path.extracting(Self.challengePrefix.count..<path.count)
            // Before the redirect and before routing: a CA asks over plain HTTP, for names that may have no route yet.
            if let keyAuthorization = challenges.keyAuthorization(for: token) { return .answer(.challenge(keyAuthorization)) }
            switch knowledge {
            case .found(let keyAuthorization): return .answer(.challenge(keyAuthorization))
            case .unknown: break
            case .none:
                // No CA sends a body with its question.
                let isPlain = head.framing == .none || head.framing == .length(0)
                if challengeResolver != nil, isPlain, let token = HTTP01Tokens.lookupToken(token) { return .lookUp(token: token) }
            }
        }
        let authority = bytes.extracting(head.authorityRange ?? 0..<0)
        // A token that is not ours may be the upstream's own affair, and CAs need not follow redirects.
        if !isTLS, !isChallenge, let location = redirect(authority, head, bytes) { return .answer(location) }
        guard let host = routes.hostRoutes(for: authority) else { return .answer(LocalAnswer(status: 400)) }
        guard let match = host.match(path: path) else { return .answer(LocalAnswer(status: 404)) }
        matchedRoute = match.route.number
        let limit = configuration.limits.requestBodyBytesMax
        if limit > 0, case .length(let length) = head.framing, length > limit { return .answer(LocalAnswer(status: 413)) }
        guard match.upstream.state == .ok else { return .answer(LocalAnswer(status: 503)) }
        return .forward(match.upstream)
    }

    /// 308 to the same host and target over HTTPS, for hosts with a certificate. RFC 9110 §15.4.9.
    private func redirect(_ authority: Span<UInt8>, _ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> LocalAnswer? {
        guard let certificates, let hostRange = head.hostRange, certificates.hasCertificate(for: authority) else { return nil }
        var location = "https://" + String(copying: bytes.extracting(hostRange)).lowercased()
        if publicPorts.https != 443 { location += ":\(publicPorts.https)" }
        let target = String(copying: bytes.extracting(head.pathRange))
        location += target.hasPrefix("/") ? target : "/" + target
        return try? .redirect(status: 308, to: location)
    }

    private static let root = [UInt8(ascii: "/")]
    private static let challengePrefix = Array("/.well-known/acme-challenge/".utf8)
}

extension Span<UInt8> {
    fileprivate func hasPrefix(_ prefix: [UInt8]) -> Bool {
        guard count >= prefix.count else { return false }
        for index in prefix.indices where self[index] != prefix[index] { return false }
        return true
    }
}

extension String {
    /// Decodes bytes as UTF-8, repairing what is not.
    init(copying bytes: Span<UInt8>) {
        self.init(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
}
