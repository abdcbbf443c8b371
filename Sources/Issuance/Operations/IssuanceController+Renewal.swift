internal import Core

extension IssuanceController {
    /// Whether it leads and has taken over what there was. ``changes()`` tells when that begins.
    public var acts: Bool { isActive }

    /// Begins renewals. Waits for none of them: ``fact(of:)`` tells how they go.
    ///
    /// - Throws: ``OperationFailure`` when nothing can begin at all; what concerns one Secret is in its answer.
    public func perform(_ request: RenewalRequest) async throws(OperationFailure) -> RenewalAnswer {
        try requireLeadership()
        if request.allDue == true {
            guard request.secrets == nil else {
                throw OperationFailure(.badRequest, "request body", "it has both secrets and allDue", allowed: "one of the two")
            }
            let before = Dictionary(facts().map { ($0.secret, $0) }) { first, _ in first }
            let due = await renewAllDue()
            return RenewalAnswer(items: due.map { RenewalAnswer.Item(secret: $0.description, before: before[$0]) })
        }
        guard let names = request.secrets, !names.isEmpty else {
            throw OperationFailure(.badRequest, "request body", "it names nothing", allowed: "secrets with at least one, or allDue: true")
        }
        var items: [RenewalAnswer.Item] = []
        for name in names {
            do throws(OperationFailure) {
                items.append(RenewalAnswer.Item(secret: name, before: try await beginRenewal(of: try OperationSubject.secret(name))))
            } catch {
                items.append(RenewalAnswer.Item(secret: name, failure: error))
            }
        }
        return RenewalAnswer(items: items)
    }

    /// Begins one renewal.
    ///
    /// - Returns: what was known before.
    func beginRenewal(of secret: NamespacedName) async throws(OperationFailure) -> CertificateFact {
        guard let before = fact(of: secret) else {
            throw OperationFailure(.notFound, "Secret \(secret)", "no served Ingress and no Certificate names it")
        }
        do throws(RenewalRefusal) { try await renew(secret) } catch {
            throw OperationFailure(.refused, "Secret \(secret)", error.message)
        }
        return before
    }

    /// - Throws: ``OperationFailure`` with the code `notLeader` in a process that does not act.
    func requireLeadership() throws(OperationFailure) {
        guard isActive, leadership.isLeader() else {
            throw OperationFailure(.notLeader, "this process", "it does not lead, so it changes nothing")
        }
    }
}

/// The objects that requests name.
enum OperationSubject {
    /// A Secret.
    static func secret(_ text: String) throws(OperationFailure) -> NamespacedName {
        guard let name = NamespacedName(text) else {
            throw OperationFailure(.badRequest, "Secret", "its name is wrong", got: text, allowed: "NAMESPACE/NAME")
        }
        return name
    }

    /// Names of hosts, wildcards included.
    static func dnsNames(_ texts: [String]) throws(OperationFailure) -> [DNSName] {
        try texts.map { (text) throws(OperationFailure) in
            guard let name = try? DNSName(parsing: text) else {
                throw OperationFailure(
                    .badRequest, "name", "it is no DNS name", got: text, allowed: "such as shop.example.com or *.example.com")
            }
            return name
        }
    }
}
