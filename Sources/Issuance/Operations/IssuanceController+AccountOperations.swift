internal import ACME
internal import CALimits
internal import Core
internal import DNS
internal import DNSProviders
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

extension IssuanceController {
    /// What is known about the accounts of ACME issuers, here and at their CAs. Makes none.
    public func showAccounts(_ request: AccountRequest) async throws(OperationFailure) -> AccountList {
        try requireLeadership()
        let lookup = IssuerLookup(objects: plan.objects)
        let issuers = request.issuer == nil ? lookup.all : [try lookup.one(request.issuer)]
        var reports: [AccountReport] = []
        let names: [DNSName]? = if let names = request.names { try OperationSubject.dnsNames(names) } else { nil }
        for issuer in issuers { reports.append(await report(on: issuer, records: names)) }
        return AccountList(accounts: reports)
    }

    /// Replaces the key of an issuer's account. RFC 8555 §7.3.5. The new key is stored before the CA hears of it.
    public func rollOverAccount(_ request: AccountRequest) async throws(OperationFailure) -> AccountReport {
        let issuer = try await issuerWithAccount(request)
        try await atCA(issuer) { _ = try await $0.accounts.rollover() }
        context.logger.notice("replaced an ACME account key", metadata: ["issuer": "\(issuer.text)"])
        return await report(on: issuer)
    }

    /// Ends an issuer's account for good. RFC 8555 §7.3.6. Its key stays in its Secret, marked, so that no new account is made before
    /// somebody takes it away.
    public func deactivateAccount(_ request: AccountRequest) async throws(OperationFailure) -> AccountReport {
        let issuer = try await issuerWithAccount(request)
        guard request.confirmed == true else {
            let affected = certificates(from: issuer)
            throw OperationFailure(
                .refused, issuer.text,
                "its account would end for good"
                    + (affected.isEmpty
                        ? "; no certificate comes from it" : ", and these could not be renewed: \(ShownText.list(affected))"),
                allowed: "only with an explicit yes")
        }
        try await atCA(issuer) { try await $0.accounts.deactivate() }
        context.logger.notice("deactivated an ACME account", metadata: ["issuer": "\(issuer.text)"])
        return await report(on: issuer)
    }

    /// Whether there is a key that can sign for an issuer's account.
    func hasAccount(_ issuer: ACMEIssuerObject) async throws(OperationFailure) -> Bool {
        guard let record = try await accountRecord(of: issuer) else { return false }
        return !record.isDeactivated
    }

    private func issuerWithAccount(_ request: AccountRequest) async throws(OperationFailure) -> ACMEIssuerObject {
        try requireLeadership()
        let issuer = try IssuerLookup(objects: plan.objects).one(request.issuer)
        guard let record = try await accountRecord(of: issuer) else {
            throw OperationFailure(.notFound, issuer.text, "it has no account yet")
        }
        guard !record.isDeactivated else {
            throw OperationFailure(
                .refused, issuer.text,
                "its account was deactivated; delete Secret \(keySecret(of: issuer)) to have a new one made")
        }
        return issuer
    }

    private func atCA(
        _ issuer: ACMEIssuerObject, _ operation: @Sendable (ACMEAccess) async throws -> Void
    ) async throws(OperationFailure) {
        do { try await withAccess(to: issuer.name, changesAccount: true, operation) } catch let error as ACMEError {
            throw OperationFailure(error.code == .storage ? .storage : .certificateAuthority, issuer.text, error.description)
        } catch {
            throw OperationFailure(.certificateAuthority, issuer.text, "\(error)")
        }
    }
}

extension IssuanceController {
    private func keySecret(of issuer: ACMEIssuerObject) -> NamespacedName {
        NamespacedName(
            namespace: context.settings.resourceNamespace(of: issuer.name), name: issuer.spec.privateKeySecretRef.name)
    }

    func accountRecord(of issuer: ACMEIssuerObject) async throws(OperationFailure) -> AccountRecord? {
        let name = keySecret(of: issuer)
        let store = SecretAccountStore(
            store: context.store, name: name, entry: issuer.spec.privateKeySecretRef.key, logger: context.logger)
        do { return try await store.load() } catch { throw OperationFailure(.storage, "Secret \(name)", "it cannot be read: \(error)") }
    }

    /// The Secrets whose certificates an issuer is asked for.
    private func certificates(from issuer: ACMEIssuerObject) -> [String] { items(from: issuer).map { $0.secret.description }.sorted() }

    private func items(from issuer: ACMEIssuerObject) -> [CertificateItem] {
        plan.items.values.filter { item in
            guard case .issue(let name) = item.desired.wish else { return false }
            return name.object(from: item.secret.namespace) == issuer.name
        }
    }

    private func report(on issuer: ACMEIssuerObject, records names: [DNSName]? = nil) async -> AccountReport {
        var report = AccountReport(
            issuer: issuer.text, directory: issuer.spec.server, state: .unknown, keySecret: keySecret(of: issuer).description)
        report.externalAccountKeyID = issuer.spec.externalAccountBinding?.keyID
        report.certificates = certificates(from: issuer)
        report.pendingOrders = items(from: issuer).filter { plan.records[$0.secret]?.order?.orderURL != nil }.map { $0.secret.description }
            .sorted()
        setBudget(of: &report, issuer)
        do throws(OperationFailure) {
            guard let record = try await accountRecord(of: issuer) else {
                report.state = .none
                return report
            }
            try await complete(&report, record, issuer, names)
        } catch {
            report.problem = error.description
        }
        return report
    }

    /// Of what all accounts spend from, only the domains of the issuer's own certificates: another's are its own business.
    private func setBudget(of report: inout AccountReport, _ issuer: ACMEIssuerObject) {
        let budget = budgetReport()
        let account = keySecret(of: issuer).description
        let domains = Set(items(from: issuer).flatMap { $0.desired.names.all.map { RegisteredDomain.of($0) } })
        report.limits = budget.entries(of: account, at: issuer.spec.server).filter {
            $0.account != nil || $0.scope == CALimit.Scope.address.rawValue || domains.contains($0.key)
        }
        report.refusals = budget.refusals.filter {
            $0.directory == issuer.spec.server && ($0.account == account || $0.account == nil && domains.contains($0.key))
        }
    }

    private func complete(
        _ report: inout AccountReport, _ record: AccountRecord, _ issuer: ACMEIssuerObject, _ names: [DNSName]?
    ) async throws(OperationFailure) {
        if record.directoryURL == issuer.spec.server { report.url = record.accountURL }
        do {
            let key = try PrivateKey(pem: record.privateKeyPEM)
            report.keyThumbprint = key.jwk.thumbprint
            report.keyAlgorithm = key.algorithm.description
            let client = try await context.sessions.client(of: issuer.name, issuer.spec)
            report.termsOfService = try await client.directory().meta?.termsOfService
            if record.isDeactivated {
                report.state = .deactivated
                return
            }
            let account: ACMEAccount? =
                if let url = report.url { ACMEAccount(url: url, key: key) } else { try await client.existingAccount(of: key) }
            guard let account else {
                report.state = .none
                return
            }
            report.url = account.url
            let object = try await client.accountObject(of: account)
            report.state = AccountReport.State(rawValue: object.status) ?? .unknown
            report.contacts = object.contact ?? []
            report.persistentRecords = try await persistentRecords(of: issuer, for: names, account, client)
        } catch {
            report.problem = "\(error)"
        }
    }

    /// The records for these names; without any, for all that the issuer's dns-persist-01 solvers take. One record proves a name and the
    /// wildcard below it, if it says so.
    private func persistentRecords(
        of issuer: ACMEIssuerObject, for names: [DNSName]?, _ account: ACMEAccount, _ client: ACMEClient
    ) async throws -> [AccountReport.PersistentRecord] {
        let names =
            names
            ?? items(from: issuer).flatMap { item in
                let solvers = SolverSelection(solvers: issuer.spec.solvers, labels: item.desired.labels)
                return item.desired.names.dnsNames.filter { solvers.challengeTypes(for: $0.ascii).contains(.dnsPersist01) }
            }
        guard !names.isEmpty else { return [] }
        let directory = try await client.directory()
        let identities = directory.standingProofNames
        guard !identities.isEmpty else {
            throw OperationFailure(
                .refused, issuer.text, "its CA does not say by which name it is known in DNS records (caaIdentities), so none can be shown")
        }
        let rules = try DNSPersist01(
            issuerDomainNames: identities, accountHashPrefix: directory.meta?.accountHashPrefix, accountURL: account.url,
            keyThumbprint: account.key.jwk.thumbprint)
        var records: [AccountReport.PersistentRecord] = []
        // A wildcard first, so that the name below it finds that there is a record which covers both.
        for name in names.sorted(by: { $0.isWildcard && !$1.isWildcard }) {
            let record = try rules.record(for: name)
            guard !records.contains(where: { $0.name == record.name.text }) else { continue }
            records.append(AccountReport.PersistentRecord(name: record.name.text, value: record.value))
        }
        return records.sorted { $0.name < $1.name }
    }
}
