internal import ACME
internal import Core
internal import FoundationEssentials
internal import PKI

/// The resources of RFC 8555 §7.1.
extension FakeCA {
    func handle(_ request: ACMEHTTPRequest, _ resource: Resource?) async -> ACMEHTTPResponse {
        switch (request.method, resource) {
        case (.get, .directory?): return json(200, directory())
        case (.get, .renewalInfo?): return renewalInfo(request.url)
        case (.head, .newNonce?): return ACMEHTTPResponse(status: 200, headers: [("Replay-Nonce", freshNonce())])
        case (.post, let resource?): return withNonce(await post(request, resource))
        case (_, _): return withNonce(problem(404, "malformed", "no such resource"))
        }
    }

    private func post(_ request: ACMEHTTPRequest, _ resource: Resource) async -> ACMEHTTPResponse {
        do {
            let signed = try verified(request, resource)
            switch resource {
            case .newAccount: return try newAccount(signed)
            case .account: return try account(signed)
            case .newOrder: return try newOrder(signed)
            case .order: return try order(signed)
            case .authorization: return try authorization(signed)
            case .challenge: return try await challenge(signed)
            case .finalize: return try finalize(signed)
            case .certificate: return try certificate(signed)
            case .revokeCert: return try revoke(signed)
            case .keyChange: return try keyChange(signed)
            case .directory, .newNonce, .renewalInfo: throw Refusal(405, "malformed", "method not allowed")
            }
        } catch let rejection as Rejection {
            return ACMEHTTPResponse(
                status: 400, headers: [("Content-Type", "application/problem+json")], body: Array(rejection.problem.document.utf8))
        } catch let refusal as Refusal {
            return problem(refusal.status, refusal.type, refusal.detail)
        } catch {
            return problem(400, "malformed", "\(error)")
        }
    }

    private func directory() -> DirectoryBody {
        func url(_ resource: Resource) -> String { "https://ca.test/\(settings.pathPrefix)\(resource.rawValue)" }
        func optional(_ resource: Resource) -> String? { settings.lacks.contains(resource) ? nil : url(resource) }
        return DirectoryBody(
            newNonce: url(.newNonce), newAccount: url(.newAccount), newOrder: url(.newOrder),
            renewalInfo: optional(.renewalInfo), revokeCert: optional(.revokeCert), keyChange: optional(.keyChange),
            meta: DirectoryBody.Meta(
                termsOfService: "https://ca.test/terms", externalAccountRequired: settings.externalAccounts != nil,
                profiles: settings.profiles))
    }

    private func newAccount(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        if let known = accounts.first(where: { $0.value.thumbprint == signed.thumbprint }) {
            guard known.value.status == "valid" else { throw Refusal(403, "unauthorized", "the account is \(known.value.status)") }
            return json(200, AccountBody(known.value), [("Location", known.key)])
        }
        let wish = try signed.payload(as: NewAccountBody.self)
        guard wish.onlyReturnExisting != true else { throw Refusal(400, "accountDoesNotExist", "no account for this key") }
        guard wish.termsOfServiceAgreed == true else { throw Refusal(403, "userActionRequired", "agree to the terms") }
        try checkBinding(wish.externalAccountBinding, of: signed)
        let url = newURL("account")
        let account = Account(key: signed.key, contact: wish.contact ?? [])
        accounts[url] = account
        counts.accounts += 1
        return json(201, AccountBody(account), [("Location", url)])
    }

    private func account(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        guard signed.url == signed.account else { throw Refusal(403, "unauthorized", "another account") }
        if !signed.payload.isEmpty {
            let wish = try signed.payload(as: NewAccountBody.self)
            if let contact = wish.contact { accounts[signed.url]?.contact = contact }
            if wish.status == "deactivated" { accounts[signed.url]?.status = "deactivated" }
        }
        guard let account = accounts[signed.url] else { throw Refusal(404, "malformed", "no such account") }
        return json(200, AccountBody(account))
    }

    private func newOrder(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        let wish = try signed.payload(as: NewOrderBody.self)
        if let replaces = wish.replaces, settings.alreadyReplaced.contains(replaces) {
            throw Refusal(409, "alreadyReplaced", "\(replaces) was replaced before")
        }
        replaced.append(wish.replaces)
        try checkRejected(wish.identifiers)
        if let profile = wish.profile, settings.profiles?[profile] == nil { throw Refusal(400, "invalidProfile", "no profile \(profile)") }
        let same = orders.first { $0.value.account == signed.account && $0.value.identifiers == wish.identifiers && isOpen($0.value) }
        if settings.reusesOrders, let same { return json(201, body(of: same.value, same.key), [("Location", same.key)]) }
        let url = newURL("order")
        let state = OrderState(
            account: signed.account, identifiers: wish.identifiers,
            authorizations: wish.identifiers.map { authorizationURL(for: $0, account: signed.account) },
            expires: time.now().addingTimeInterval(7 * 86_400))
        orders[url] = state
        counts.orders += 1
        return json(201, body(of: state, url), [("Location", url)])
    }

    private func isOpen(_ order: OrderState) -> Bool {
        let status = status(of: order)
        return order.expires > time.now() && (status == .pending || status == .ready)
    }

    private func authorizationURL(for identifier: ACMEIdentifier, account: String) -> String {
        let base = identifier.withoutWildcard
        let known = authorizations.first {
            $0.value.account == account && $0.value.identifier == base && $0.value.isWildcard == identifier.isWildcard
                && status(of: $0.value) == .valid
        }
        if settings.reusesAuthorizations, let known { return known.key }
        let url = newURL("authorization")
        let token = Base64URL.encode((0..<24).map { _ in UInt8.random(in: 0...255, using: &random) })
        authorizations[url] = AuthorizationState(
            account: account, identifier: base, isWildcard: identifier.isWildcard, token: token,
            challenges: identifier.isWildcard ? settings.challengeTypes.filter { $0.hasPrefix("dns") } : settings.challengeTypes)
        return url
    }

    private func order(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        guard var order = orders[signed.url], order.account == signed.account else { throw Refusal(404, "malformed", "no such order") }
        let response = json(200, body(of: order, signed.url), retryAfter(status(of: order) == .processing))
        if order.isFinalized { order.processingReads += 1 }
        orders[signed.url] = order
        return response
    }

    private func authorization(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        guard var authorization = authorizations[signed.url], authorization.account == signed.account else {
            throw Refusal(404, "malformed", "no such authorization")
        }
        let response = json(200, body(of: authorization, signed.url), retryAfter(status(of: authorization) == .pending))
        if authorization.isAnswered { authorization.pendingReads += 1 }
        authorizations[signed.url] = authorization
        return response
    }

    private func challenge(_ signed: SignedRequest) async throws -> ACMEHTTPResponse {
        // https://ca.test/challenge/SERIAL/TYPE belongs to https://ca.test/authorization/SERIAL.
        let parts = signed.url.split(separator: "/").map(String.init)
        let url = "https://ca.test/authorization/\(parts.dropLast().last ?? "")"
        guard let type = parts.last, let found = authorizations[url], found.account == signed.account else {
            throw Refusal(404, "malformed", "no such challenge")
        }
        guard !found.isAnswered else { throw Refusal(400, "malformed", "cannot update a challenge that is not pending") }
        let expected = "\(found.token).\(accounts[signed.account]?.thumbprint ?? "")"
        let failure = await verdict(on: found, type: type, expected: expected, account: signed.account)
        authorizations[url]?.answeredType = type
        authorizations[url]?.failure = failure
        let answer = ChallengeBody(
            type: type, url: signed.url, status: "processing", token: found.token, issuerDomainNames: nil, error: nil)
        return json(200, answer, [("Link", "<\(url)>;rel=\"up\"")])
    }

    private func finalize(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        let url = signed.url.replacing("/finalize/", with: "/order/")
        guard var order = orders[url], order.account == signed.account else { throw Refusal(404, "malformed", "no such order") }
        switch status(of: order) {
        case .ready: break
        case .pending: throw Refusal(403, "orderNotReady", "the order is pending")
        case .processing, .valid, .invalid, .other:
            throw Refusal(403, "orderNotReady", "the order is \(status(of: order).rawValue), not ready")
        }
        if let refusal = refusal(settings.refusedAtFinalize, order.identifiers, "refused at finalize") {
            order.isInvalidated = true
            order.error = refusal
            orders[url] = order
            return json(200, body(of: order, url))
        }
        let chains = try issue(for: order, csr: try signed.payload(as: FinalizeBody.self).csr)
        let certificateURL = newURL("certificate")
        certificates[certificateURL] = chains
        counts.certificates += 1
        order.isFinalized = true
        order.certificateURL = certificateURL
        orders[url] = order
        return json(200, body(of: order, url), retryAfter(status(of: order) == .processing) + [("Location", url)])
    }

    private func certificate(_ signed: SignedRequest) throws -> ACMEHTTPResponse {
        let isAlternate = signed.url.hasSuffix("/b")
        let url = isAlternate ? String(signed.url.dropLast(2)) : signed.url
        guard let chains = certificates[url], chains.count > (isAlternate ? 1 : 0) else {
            throw Refusal(404, "malformed", "no such certificate")
        }
        var headers = [(name: "Content-Type", value: "application/pem-certificate-chain")]
        headers.append(("Link", "<https://ca.test/directory>;rel=\"index\""))
        if chains.count > 1, !isAlternate { headers.append(("Link", "<\(url)/b>;rel=\"alternate\"")) }
        return ACMEHTTPResponse(status: 200, headers: headers, body: Array(chains[isAlternate ? 1 : 0].utf8))
    }
}
