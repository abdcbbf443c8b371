internal import Core

/// Every URL inside a message is checked when the message is read, so that the rest of the module holds only usable ones.
extension URLPolicy {
    func check(_ directory: Directory, subject: String) throws(ACMEError) -> Directory {
        _ = try check(directory.newNonce, "newNonce", subject: subject)
        _ = try check(directory.newAccount, "newAccount", subject: subject)
        _ = try check(directory.newOrder, "newOrder", subject: subject)
        if let url = directory.revokeCert { _ = try check(url, "revokeCert", subject: subject) }
        if let url = directory.keyChange { _ = try check(url, "keyChange", subject: subject) }
        if let url = directory.renewalInfo { _ = try check(url, "renewalInfo", subject: subject) }
        return directory
    }

    func check(_ order: Order, subject: String) throws(ACMEError) -> Order {
        guard order.authorizations.count <= ACMELimits.authorizationsMax else {
            let count = order.authorizations.count
            throw .malformed(subject, "the order lists \(count) authorizations, more than \(ACMELimits.authorizationsMax)")
        }
        for url in order.authorizations { _ = try check(url, "an authorization", subject: subject) }
        _ = try check(order.finalize, "finalize", subject: subject)
        if let url = order.certificate { _ = try check(url, "certificate", subject: subject) }
        return order
    }

    func check(_ authorization: Authorization, subject: String) throws(ACMEError) -> Authorization {
        guard authorization.challenges.count <= ACMELimits.challengesMax else {
            let count = authorization.challenges.count
            throw .malformed(subject, "the authorization lists \(count) challenges, more than \(ACMELimits.challengesMax)")
        }
        // Challenges of a type that we do not know are never used, so nothing about them can be wrong.
        for challenge in authorization.challenges {
            guard let type = challenge.knownType else { continue }
            _ = try check(challenge.url, "\(challenge.type) challenge", subject: subject)
            if type.hasToken { try checkToken(of: challenge, subject: subject) }
            try checkIssuers(of: challenge, subject: subject)
        }
        return authorization
    }

    /// The names go into a TXT record that people copy, so they have to be names.
    private func checkIssuers(of challenge: Challenge, subject: String) throws(ACMEError) {
        let names = challenge.issuerDomainNames
        guard names.count <= ACMELimits.issuerDomainNamesMax, names.allSatisfy({ (try? DNSName(parsing: $0))?.isWildcard == false }) else {
            throw .malformed(
                subject,
                "the issuer-domain-names of the \(challenge.type) challenge are not up to \(ACMELimits.issuerDomainNamesMax) host names")
        }
    }

    /// RFC 8555 §8.3: a token is base64url. Anything else could leave `/.well-known/acme-challenge/` when it becomes a path.
    private func checkToken(of challenge: Challenge, subject: String) throws(ACMEError) {
        guard let token = challenge.token else {
            // A finished challenge may come without its token at some CAs; only an open one needs it.
            guard challenge.status == .valid || challenge.status == .invalid else {
                throw .malformed(subject, "the \(challenge.type) challenge has no token")
            }
            return
        }
        guard !token.isEmpty, token.utf8.count <= ACMELimits.tokenBytesMax, token.utf8.allSatisfy(NoncePool.isBase64URL) else {
            throw .malformed(
                subject, "the token of the \(challenge.type) challenge is not base64url of 1 to \(ACMELimits.tokenBytesMax) characters")
        }
    }
}
