internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
internal import Routing
internal import Store

/// The controller's plan, kept up to date change by change: among ten thousand Secrets, one that changes costs one assessment.
struct PlanState {
    private let ingressClasses: IngressClassPolicy
    private let settings: IssuanceSettings
    private(set) var objects = ObjectSet()
    private var certificates = CertificateVerdicts.empty
    private(set) var wishes: Wishes
    private(set) var items: [NamespacedName: CertificateItem] = [:]
    /// The stored records, as of the first update and of our own writes since: nobody else writes them.
    private(set) var records: [NamespacedName: IssuanceRecord] = [:]
    private var forced: [NamespacedName: Assessment.Force] = [:]
    private var unwritable: [NamespacedName: Secret?] = [:]
    private var written: [NamespacedName: Written] = [:]
    private var isFirst = true

    /// A Secret that we wrote and that the updates have not shown yet. Without it the plan would want the same certificate again.
    private struct Written {
        let secret: Secret
        let before: Secret?
    }

    init(ingressClasses: IngressClassPolicy, settings: IssuanceSettings) {
        self.ingressClasses = ingressClasses
        self.settings = settings
        wishes = Wishes(objects: ObjectSet(), ingressClasses: ingressClasses, defaultIssuer: nil)
    }

    /// Takes in what changed.
    ///
    /// - Returns: whether anything of interest did.
    mutating func apply(_ update: StoreUpdate, _ certificates: CertificateVerdicts, now: Date) -> Bool {
        self.certificates.merge(certificates)
        objects = update.objects
        let changed = update.changed
        if isFirst {
            isFirst = false
            records = IssuanceRecord.all(in: objects)
        }
        for target in changed.isEverything ? Set(written.keys).union(unwritable.keys) : changed.secrets { settle(target) }
        if changed.isEverything || !changed.ingresses.isEmpty || !changed.ingressClasses.isEmpty {
            wishes = Wishes(objects: objects, ingressClasses: ingressClasses, defaultIssuer: settings.defaultIssuer)
            rebuild(isEverything: changed.isEverything || !changed.issuers.isEmpty, secrets: changed.secrets, now: now)
            return true
        }
        if !changed.issuers.isEmpty || changed.secrets.contains(where: { items[$0] == nil && isIssuerSecret($0) }) {
            rebuild(isEverything: true, secrets: [], now: now)
            return true
        }
        let targets = changed.secrets.filter { items[$0] != nil }
        for target in targets { reassess(target, now: now) }
        return !targets.isEmpty
    }

    /// Looks again at what time has changed.
    mutating func advance(to now: Date) {
        for (target, item) in items {
            if let change = item.nextChange, change <= now { reassess(target, now: now) }
        }
    }

    /// The next moment at which time changes something: a renewal, the end of a wait, the end of an orphan's grace.
    func nextChange(after now: Date) -> Date? {
        var next: Date?
        for item in items.values {
            if let change = item.nextChange, change > now { next = min(next ?? change, change) }
        }
        for record in records.values where items[record.target] == nil {
            let end = record.updated.addingTimeInterval(IssuanceLimits.orphanedRecordGrace.seconds)
            if end > now { next = min(next ?? end, end) }
        }
        return next
    }

    /// Assesses everything, or what another wish or another Secret makes different.
    private mutating func rebuild(isEverything: Bool, secrets: Set<NamespacedName>, now: Date) {
        let before = items
        items = [:]
        items.reserveCapacity(wishes.certificates.count)
        for desired in wishes.certificates {
            if !isEverything, !secrets.contains(desired.secret), let known = before[desired.secret], known.desired == desired {
                items[desired.secret] = known
            } else {
                items[desired.secret] = assess(desired, now: now)
            }
        }
        forced = forced.filter { items[$0.key] != nil }
    }

    private mutating func reassess(_ target: NamespacedName, now: Date) {
        guard let item = items[target] else { return }
        items[target] = assess(item.desired, now: now)
    }

    private func assess(_ desired: DesiredCertificate, now: Date) -> CertificateItem {
        let name = desired.secret
        var target: TargetSecret
        if let written = written[name] {
            target = TargetSecret(reading: written.secret)
        } else {
            target = TargetSecret(objects.secrets[name], verdict: certificates[name])
        }
        if unwritable[name] != nil { target.ownership = .foreign }
        return Assessment(
            desired: desired, target: target, issuers: IssuerCheck(objects: objects, settings: settings), record: records[name],
            force: forced[name], now: now
        ).item()
    }

    /// Forgets what we knew better than the updates, once they show it or something newer.
    private mutating func settle(_ target: NamespacedName) {
        let shown = objects.secrets[target]
        if let known = written[target], shown?.data == known.secret.data || shown != known.before { written[target] = nil }
        if let known = unwritable[target], shown != known { unwritable[target] = nil }
    }

    /// Whether an issuer depends on a Secret: a CA key pair, an account key, a MAC key.
    private func isIssuerSecret(_ name: NamespacedName) -> Bool {
        objects.issuers.contains { key, issuer in
            guard settings.resourceNamespace(of: key) == name.namespace else { return false }
            switch issuer.spec {
            case .ca(let spec): return spec.secretName == name.name
            case .acme(let spec):
                return spec.privateKeySecretRef.name == name.name || spec.externalAccountBinding?.keySecretRef.name == name.name
            case .selfSigned, .unsupported: return false
            }
        }
    }
}

extension PlanState {
    /// The records that nobody needs any more: their certificate needs nothing, or nobody has wanted it for a while.
    func needlessRecords(now: Date) -> [NamespacedName] {
        records.values.filter { record in
            guard let item = items[record.target] else {
                return record.updated.addingTimeInterval(IssuanceLimits.orphanedRecordGrace.seconds) <= now
            }
            if case .none = item.work { return true }
            return false
        }.map(\.target)
    }

    /// Notes how the record of a Secret is stored now.
    mutating func setRecord(_ record: IssuanceRecord?, of target: NamespacedName, now: Date) {
        records[target] = record.flatMap { $0.isEmpty ? nil : $0 }
        reassess(target, now: now)
    }

    /// Notes a Secret that we wrote.
    mutating func setWritten(_ secret: Secret, now: Date) {
        let name = secret.metadata.id
        let before = objects.secrets[name]
        if before?.data != secret.data { written[name] = Written(secret: secret, before: before) }
        forced[name] = nil
        reassess(name, now: now)
    }

    /// Notes that the store keeps us from writing a Secret, as long as it stays as it is.
    mutating func setUnwritable(_ target: NamespacedName, now: Date) {
        unwritable[target] = .some(objects.secrets[target])
        forced[target] = nil
        reassess(target, now: now)
    }

    /// Notes or forgets that somebody asked for a new certificate.
    mutating func setForce(_ force: Assessment.Force?, on target: NamespacedName, now: Date) {
        forced[target] = force
        reassess(target, now: now)
    }

    /// Whether somebody asked for a new certificate.
    func isForced(_ target: NamespacedName) -> Bool { forced[target] != nil }
}
