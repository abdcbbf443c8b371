internal import Core
internal import FoundationEssentials
internal import PKI

/// What each action of the machine does.
extension OrderRun {
    /// Makes the key and writes it down before the CA hears of anything.
    mutating func prepare() async throws(ACMEError) -> OrderMachine.Event {
        let key: PrivateKey
        do { key = try PrivateKey.generate(request.keyAlgorithm) } catch {
            throw ours("no \(request.keyAlgorithm) key can be made: \(error)")
        }
        let new = OrderRecord(
            request: request, directoryURL: driver.client.directoryURL, accountURL: driver.account.url, privateKeyPEM: key.pem(),
            createdAt: driver.time.now())
        try await save(new)
        self.key = key
        return .prepared
    }

    mutating func createOrder(_ names: [ACMEIdentifier], replaces: Bool) async throws(ACMEError) -> OrderMachine.Event {
        let wish = request.limited(to: names)
        let replaced = replaces ? request.replaces : nil
        do { try await driver.journal.willOrder(wish, replaces: replaced) } catch let error as ACMEError { throw error } catch {
            throw ACMEError(.storage, fault: .ours, subject: subject, reason: "there is no leave to order: \(error)")
        }
        let answer: ACMEClient.OrderAnswer
        do throws(ACMEError) {
            answer = try await driver.client.newOrder(wish, replaces: replaced, account: driver.account)
        } catch {
            throw error.blaming(names)
        }
        guard Set(answer.order.identifiers) == Set(names) else {
            let got = answer.order.identifiers.map(\.value).joined(separator: ", ")
            return .refused(.malformed(subject, "the CA made an order for other names: \(got)"))
        }
        latest = answer
        return .order(answer.order, retryAfter: answer.retryAfter)
    }

    /// Writes down where the order is, or that there is none.
    mutating func save(orderURL: String?) async throws(ACMEError) -> OrderMachine.Event {
        guard let old = record else { throw ours("an order without a record") }
        var new = OrderRecord(
            request: request, directoryURL: driver.client.directoryURL, accountURL: driver.account.url,
            privateKeyPEM: old.privateKeyPEM, createdAt: old.createdAt)
        new.orderURL = orderURL
        new.leftOut = orderURL == nil ? [] : machine.leftOut.map { $0.redacting(thumbprint) }
        new.orderedAt = orderURL == nil ? nil : driver.time.now()
        try await save(new)
        return .recorded
    }

    private mutating func save(_ new: OrderRecord) async throws(ACMEError) {
        do { try await driver.journal.save(new) } catch is CancellationError { throw .cancelled(subject) } catch {
            throw ACMEError(.storage, fault: .ours, subject: subject, reason: "the order record cannot be written: \(error)")
        }
        record = new
    }

    mutating func readOrder(after delay: Duration) async throws(ACMEError) -> OrderMachine.Event {
        try await pause(delay)
        guard let url = latest?.url ?? record?.orderURL else { throw ours("no order to read") }
        let answer = try await driver.client.order(at: url, account: driver.account)
        latest = answer
        return .order(answer.order, retryAfter: answer.retryAfter)
    }

    func readAuthorization(_ url: String, after delay: Duration) async throws(ACMEError) -> OrderMachine.Event {
        try await pause(delay)
        let answer = try await driver.client.authorization(at: url, account: driver.account)
        let identifier = answer.authorization.identifier
        // A token for a name that was not asked for would let a CA speak for that name.
        guard machine.identifiers.contains(where: { $0.withoutWildcard == identifier }) else {
            return .refused(.malformed("authorization \(url)", "it is for \(identifier), which is not in the order"))
        }
        if answer.authorization.status == .invalid { await driver.journal.validationFailed(of: identifier) }
        return .authorization(answer.authorization, retryAfter: answer.retryAfter)
    }

    mutating func present(_ challenge: Challenge, of authorization: Authorization) async throws(ACMEError) -> OrderMachine.Event {
        guard let type = challenge.knownType, challenge.token != nil || !type.hasToken else { throw ours("a challenge that cannot be met") }
        let token = challenge.token ?? ""
        let presentation = PresentedChallenge(
            type: type, identifier: authorization.identifier, isWildcard: authorization.isWildcard, token: token,
            keyAuthorization: type.hasToken ? "\(token).\(thumbprint)" : "", accountURL: driver.account.url,
            issuerDomainNames: challenge.issuerDomainNames)
        // Noted before: a failure halfway may have left something behind.
        presented.append(presentation)
        do {
            try await driver.responder.present(presentation)
        } catch is CancellationError {
            throw .cancelled(subject)
        } catch let closed as ChallengeUnavailable {
            return .unavailable(
                ACMEError(
                    .challengeNotPresented, fault: .configuration, subject: "authorization of \(authorization.name)",
                    reason: "\(type.rawValue) is not possible here: \(closed.reason)", identifier: authorization.orderedIdentifier,
                    challenge: type))
        } catch {
            throw ACMEError(
                .challengeNotPresented, fault: .ours, subject: "authorization of \(authorization.name)",
                reason: "the \(type.rawValue) challenge cannot be put in place: \(error)", identifier: authorization.identifier,
                challenge: type)
        }
        return .presented
    }

    func finalize() async throws(ACMEError) -> OrderMachine.Event {
        guard let key, let latest else { throw ours("nothing to finalize") }
        let names = machine.identifiers
        let addresses = names.filter { $0.kind == .ip }.map(\.value)
        let csr: [UInt8]
        do {
            csr = try CertificateSigningRequest.make(
                key: key, dnsNames: names.compactMap(\.dnsName), ipAddresses: addresses, commonName: nil)
        } catch {
            throw ours("the certificate signing request cannot be made: \(error)")
        }
        let answer: ACMEClient.OrderAnswer
        do throws(ACMEError) { answer = try await driver.client.finalize(latest, csr: csr, account: driver.account) } catch {
            throw error.blaming(names)
        }
        return .order(answer.order, retryAfter: answer.retryAfter)
    }

    mutating func download(_ url: String) async throws(ACMEError) -> OrderMachine.Event {
        guard let record, let orderURL = latest?.url else { throw ours("nothing to download") }
        let check = CertificateCheck(identifiers: machine.identifiers, privateKeyPEM: record.privateKeyPEM, now: driver.time.now())
        let answer = try await driver.client.certificate(at: url, account: driver.account)
        var keyPair = try check.keyPair(from: answer.chainPEM, subject: "certificate \(url)")
        if let wanted = request.preferredChain, !ChainPreference.matches(keyPair, wanted) {
            keyPair = await alternate(of: answer, wanted: wanted, check) ?? keyPair
        }
        issued = IssuedCertificate(
            keyPair: keyPair, chainPEM: Array(PEM.encode(keyPair.chain).utf8), keyPEM: record.privateKeyPEM, orderURL: orderURL,
            certificateURL: url, leftOut: machine.leftOut.map { $0.redacting(thumbprint) },
            timestampCount: keyPair.leaf.signedCertificateTimestampCount)
        return .certificateAccepted
    }

    /// The first alternate chain that is wanted. One that cannot be had is passed over: there is a good chain already.
    private func alternate(of answer: ACMEClient.CertificateAnswer, wanted: String, _ check: CertificateCheck) async -> TLSKeyPair? {
        for url in answer.alternates {
            guard let other = try? await driver.client.certificate(at: url, account: driver.account),
                let keyPair = try? check.keyPair(from: other.chainPEM, subject: "certificate \(url)"),
                ChainPreference.matches(keyPair, wanted)
            else { continue }
            return keyPair
        }
        return nil
    }
}
