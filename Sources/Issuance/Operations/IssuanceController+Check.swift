internal import ACME
internal import CALimits
internal import Core
internal import DNSProviders
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Policies
internal import Store

extension IssuanceController {
    /// What stands in the way of the certificates of an Ingress, as far as its objects, the policies and the CA tell.
    public func check(_ request: CheckRequest) async throws(OperationFailure) -> CheckFacts {
        try requireLeadership()
        guard let name = NamespacedName(request.ingress) else {
            throw OperationFailure(.badRequest, "Ingress", "its name is wrong", got: request.ingress, allowed: "NAMESPACE/NAME")
        }
        guard let ingress = plan.objects.ingresses[name] else {
            throw OperationFailure(.notFound, "Ingress \(name)", "it does not exist, or is not watched")
        }
        guard plan.wishes.serves(ingress, in: plan.objects) else {
            throw OperationFailure(.refused, "Ingress \(name)", "its class is not served by this instance")
        }
        var hosts: [String: CheckFacts.Host] = [:]
        for host in ingress.spec.rules.compactMap(\.host) where !host.isEmpty { hosts[host] = CheckFacts.Host(name: host, wantsTLS: false) }
        for section in ingress.spec.tls {
            for host in section.hosts where !host.isEmpty {
                hosts[host] = await checked(host, section.secretName.map { NamespacedName(namespace: name.namespace, name: $0) })
            }
        }
        return CheckFacts(
            ingress: request.ingress, addresses: ingress.loadBalancer.compactMap { $0.ip ?? $0.hostname },
            hosts: hosts.values.sorted { $0.name < $1.name })
    }

    private func checked(_ name: String, _ secret: NamespacedName?) async -> CheckFacts.Host {
        var host = CheckFacts.Host(name: name, wantsTLS: true)
        guard let secret, let item = plan.items[secret] else {
            host.findings.append(CheckFinding(name, .issuer, .bad, "its tls section names no Secret"))
            return host
        }
        switch item.desired.wish {
        case .serveOnly:
            host.findings.append(
                CheckFinding(name, .issuer, .skipped, "nobody asks for a certificate; Secret \(secret) is served as it is"))
        case .refused(let problem): host.findings.append(CheckFinding(name, .issuer, .bad, problem.message))
        case .issue(let issuer):
            host.findings.append(policyFinding(name, item, issuer))
            host.findings.append(budgetFinding(name, item, issuer))
            host.findings.append(secretFinding(name, item))
            await complete(&host, item, issuer)
        }
        return host
    }

    private func policyFinding(_ host: String, _ item: CertificateItem, _ issuer: IssuerName) -> CheckFinding {
        switch plan.policyCheck.verdict(on: item.desired, from: issuer) {
        case .allowed: CheckFinding(host, .policy, .good, "the policies allow it")
        case .denied(let reason): CheckFinding(host, .policy, .bad, reason)
        }
    }

    private func budgetFinding(_ host: String, _ item: CertificateItem, _ issuer: IssuerName) -> CheckFinding {
        guard let fact = fact(of: item.secret), let until = fact.queuedUntil else {
            let scarcest = scarcest(for: item, issuer).map { "; least is left of \($0.words)" } ?? ""
            return CheckFinding(host, .budget, .good, "no limit of the CA holds it back\(scarcest)")
        }
        return CheckFinding(host, .budget, .bad, "it waits until \(until.formatted(.iso8601)): \(fact.queueReason ?? "a limit of the CA")")
    }

    /// The bucket of those that an order would take from of which least is left; nil for a CA without limits.
    private func scarcest(for item: CertificateItem, _ issuer: IssuerName) -> BudgetReport.Entry? {
        guard let order = plan.issuers.plannedOrder(from: issuer, for: item.desired, target: item.target) else { return nil }
        let keys = Set(order.intent.registeredDomains + order.intent.names.map { $0.hasPrefix("*.") ? String($0.dropFirst(2)) : $0 })
        return budgetReport().entries(of: order.intent.account, at: order.directory)
            .filter { $0.counts != CALimit.Event.accounts.rawValue && ($0.key == order.intent.account || keys.contains($0.key)) }
            .min { $0.left * $1.allowed < $1.left * $0.allowed }
    }

    private func secretFinding(_ host: String, _ item: CertificateItem) -> CheckFinding {
        let secret = "Secret \(item.secret)"
        return switch item.target.ownership {
        case .absent: CheckFinding(host, .secret, .good, "\(secret) does not exist yet, and will be made")
        case .ours: CheckFinding(host, .secret, .good, "\(secret) was written by certctl")
        case .certManager:
            CheckFinding(host, .secret, .good, "\(secret) was written by cert-manager for this, and is taken over when it is due")
        case .foreign:
            CheckFinding(
                host, .secret, .bad,
                "\(secret) was not written by certctl, so it is served as it is and never replaced; delete it to have one made")
        }
    }

    private func complete(_ host: inout CheckFacts.Host, _ item: CertificateItem, _ issuer: IssuerName) async {
        let name = issuer.object(from: item.secret.namespace)
        if case .blocked(let message, _) = IssuerCheck(objects: plan.objects, settings: context.settings).verdict(
            on: issuer, for: item.desired)
        {
            host.findings.append(CheckFinding(host.name, .issuer, .bad, message))
        }
        guard case .acme(let spec)? = plan.objects.issuers[name]?.spec else {
            if host.findings.allSatisfy({ $0.check != .issuer }) {
                host.findings.append(CheckFinding(host.name, .issuer, .good, "\(issuer) signs by itself"))
            }
            return
        }
        var solver = solverFinding(&host, item, spec)
        if solver.status == .good, let fault = await fault(ofSolverFor: host, item, spec, name) {
            solver = CheckFinding(host.name, .solver, .bad, "\(solver.message); \(fault)")
        }
        host.findings.append(solver)
        await askCA(&host, ACMEIssuerObject(name: name, spec: spec))
    }

    private func solverFinding(_ host: inout CheckFacts.Host, _ item: CertificateItem, _ spec: ACMEIssuerSpec) -> CheckFinding {
        let selection = SolverSelection(solvers: spec.solvers, labels: item.desired.labels)
        let key = host.name.lowercased()
        let types = selection.challengeTypes(for: key)
        host.challengeTypes = types.map(\.rawValue)
        guard let first = types.first else {
            let reason = selection.unsolvable(item.desired.names).first { $0.hasPrefix(key + " ") } ?? "no solver can prove it"
            return CheckFinding(host.name, .solver, .bad, reason)
        }
        let others = types.dropFirst().map(\.rawValue)
        let then = others.isEmpty ? "" : ", then \(others.joined(separator: ", "))"
        let why: String
        if spec.solvers.isEmpty {
            why = "the issuer has no solvers"
        } else if let solver = selection.solver(of: first, for: key), let index = spec.solvers.firstIndex(of: solver) {
            why =
                "solver \(index + 1) of the issuer, "
                + (solver.selector?.isEmpty ?? true ? "which has no selector" : "whose selector matches")
        } else {
            why = "the issuer's solvers"
        }
        return CheckFinding(host.name, .solver, .good, "\(first.rawValue)\(then): \(why)")
    }

    /// What keeps the first solver of a name from working, as far as its settings and its Secrets tell; no record is written.
    private func fault(
        ofSolverFor host: CheckFacts.Host, _ item: CertificateItem, _ spec: ACMEIssuerSpec, _ issuer: NamespacedName
    ) async -> String? {
        let key = host.name.lowercased()
        guard let type = host.challengeTypes.first, let dns = context.dns, type == ChallengeType.dns01.rawValue,
            let solver = SolverSelection(solvers: spec.solvers, labels: item.desired.labels).solver(of: .dns01, for: key)
        else { return nil }
        return await dns.fault(in: solver, namespace: context.settings.resourceNamespace(of: issuer))
    }

    private func askCA(_ host: inout CheckFacts.Host, _ issuer: ACMEIssuerObject) async {
        do {
            let directory = try await context.sessions.client(of: issuer.name, issuer.spec).directory()
            host.caaIdentities = directory.meta?.caaIdentities ?? []
            let record = try await accountRecord(of: issuer)
            if record?.isDeactivated == true {
                host.findings.append(CheckFinding(host.name, .issuer, .bad, "the account of \(issuer.text) was deactivated"))
                return
            }
            if record?.directoryURL == issuer.spec.server { host.accountURL = record?.accountURL }
            if let record, let fault = await faultOfStandingRecord(host, record, directory) {
                host.findings.removeAll { $0.check == .solver }
                host.findings.append(CheckFinding(host.name, .solver, .bad, fault))
            }
            guard host.findings.allSatisfy({ $0.check != .issuer }) else { return }
            let account = host.accountURL == nil ? "; the account is made with the first order" : ""
            host.findings.append(CheckFinding(host.name, .issuer, .good, "\(issuer.text) answers at \(issuer.spec.server)\(account)"))
        } catch {
            host.findings.append(CheckFinding(host.name, .issuer, .bad, "\(issuer.text): \(error)"))
        }
    }
}

extension IssuanceController {
    /// What is wrong with the record that proves a name for good; nil when it is there, or another challenge comes first.
    private func faultOfStandingRecord(_ host: CheckFacts.Host, _ record: AccountRecord, _ directory: Directory) async -> String? {
        guard host.challengeTypes.first == ChallengeType.dnsPersist01.rawValue, let dns = context.dns, let account = host.accountURL else {
            return nil
        }
        do {
            let names = directory.standingProofNames
            guard !names.isEmpty else { return nil }
            let rules = try DNSPersist01(
                issuerDomainNames: names, accountHashPrefix: directory.meta?.accountHashPrefix, accountURL: account,
                keyThumbprint: try PrivateKey(pem: record.privateKeyPEM).jwk.thumbprint)
            let verdict = try await dns.dns.verdict(of: rules, for: try DNSName(parsing: host.name), at: context.time.now())
            if case .valid = verdict { return nil }
            return verdict.description
        } catch {
            return "\(error)"
        }
    }
}

extension BudgetReport.Entry {
    /// For people: `new-certificates-per-registered-domain: 48 of 50 for example.com`.
    var words: String {
        let whose = account == key || key.isEmpty ? "" : " for \(key)"
        return "\(limit): \(left) of \(allowed)\(whose)"
    }
}

extension IssuanceController {
    /// Answers a random http-01 challenge for a while, by every replica.
    ///
    /// - Throws: ``OperationFailure`` when too many are answered already, or the store does not take it.
    public func beginProbe() async throws(OperationFailure) -> CheckProbe {
        try requireLeadership()
        guard probes < IssuanceLimits.probesMax else {
            throw OperationFailure(.refused, "probe", "\(probes) are under way", allowed: "\(IssuanceLimits.probesMax) at a time")
        }
        probes += 1
        let target = NamespacedName(namespace: context.settings.clusterResourceNamespace, name: "certctl-check")
        let context = context
        let token: String
        let content: String
        let key: ChallengeKey
        do {
            token = Base64URL.encode(try randomBytes(24))
            // The form of a key authorization, which replicas insist on (RFC 8555 §8.1).
            content = token + "." + Base64URL.encode(try randomBytes(32))
            key = .http01(token: token)
            let name = try ACMEIdentifier(parsing: "check.certctl.invalid")
            try await context.challenges.present(
                PresentedChallenge(type: .http01, identifier: name, token: token, keyAuthorization: content), key, target: target)
        } catch {
            probes -= 1
            throw OperationFailure(.storage, "probe", "\(error)")
        }
        Task {
            try? await context.time.sleep(for: IssuanceLimits.probeLifetime)
            await context.challenges.remove(key, target: target)
            probes -= 1
        }
        return CheckProbe(token: token, content: content, seconds: Int(IssuanceLimits.probeLifetime.seconds))
    }
}
