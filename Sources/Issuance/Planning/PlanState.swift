internal import ACME
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
internal import PKI
internal import Policies
internal import Routing
internal import Store

/// The controller's plan, kept up to date change by change: among ten thousand Secrets, one that changes costs one assessment.
struct PlanState {
    private let settings: IssuanceSettings
    private var policies: IssuancePolicySet
    private(set) var objects = ObjectSet()
    private var certificates = CertificateVerdicts.empty
    private(set) var wishes: Wishes
    private(set) var agenda: Agenda
    var items: [NamespacedName: CertificateItem] { agenda.items }
    /// The stored records: while this process leads, as of its taking over and of its own writes since, since nobody else writes them
    /// and the updates may lag behind; else as the updates show them.
    private(set) var records: [NamespacedName: IssuanceRecord] = [:]
    /// The Secrets that have an order under way, or a key that is kept for the next one.
    private(set) var ordered: Set<NamespacedName> = []
    /// The records of which something is not needed any more.
    private(set) var needlessRecords: [NamespacedName: RecordCleaning] = [:]
    /// When ``needlessRecords`` may change by itself.
    private var cleaningTimes = DueTimes()
    private var forced: [NamespacedName: Assessment.Force] = [:]
    private var unwritable: [NamespacedName: Secret?] = [:]
    private var written: [NamespacedName: Written] = [:]
    /// What this process has issued, until nobody wants it any more.
    private(set) var issued: [NamespacedName: Issued] = [:]
    /// What attempts found worth knowing, until the next one.
    private(set) var notices: [NamespacedName: [String]] = [:]
    /// Secrets whose DNS records could not be removed: when that is tried again, and after how many failures.
    private var cleanings: [NamespacedName: (due: Date, failures: Int)] = [:]
    /// Certificates that are known to be revoked, by their SHA-256, and since when.
    private var revoked: [NamespacedName: (certificate: String, since: Date)] = [:]
    /// The items that need something, or have an order. The others were judged without a look at policies and at the Secrets of issuers, so
    /// no change of these is of interest to them: of a hundred thousand that are valid none is judged anew.
    private var wanting: Set<NamespacedName> = []
    /// Items that were assessed since ``takeTouched()``.
    private var touched: Set<NamespacedName> = []
    private var isFirst = true

    /// When and why a certificate was issued.
    struct Issued {
        let at: Date
        let reason: IssueReason?
        /// Signed certificate timestamps; nil when nobody looked.
        let timestamps: Int?
    }

    /// A Secret that we wrote and that the updates have not shown yet. Without it the plan would want the same certificate again.
    private struct Written {
        let secret: Secret
        let before: Secret?
    }

    init(ingressClasses: IngressClassPolicy, settings: IssuanceSettings, policies: IssuancePolicySet) {
        agenda = Agenda(only: settings.only)
        self.settings = settings
        self.policies = policies
        wishes = Wishes(ingressClasses: ingressClasses, settings: settings)
    }

    /// What the issuers can do now.
    var issuers: IssuerCheck { IssuerCheck(objects: objects, settings: settings) }

    /// Takes in what changed.
    ///
    /// - Returns: whether anything of interest did.
    mutating func apply(_ update: StoreUpdate, _ certificates: CertificateVerdicts, isLeading: Bool, now: Date) -> Bool {
        self.certificates.merge(certificates)
        objects = update.objects
        let changed = update.changed
        if isFirst {
            isFirst = false
            replaceRecords(now: now)
        }
        for target in changed.isEverything ? Set(written.keys).union(unwritable.keys) : changed.secrets { settle(target) }
        let recorded = isLeading ? [] : followRecords(changed, now: now)
        var touched = wishes.apply(objects, changed)
        for secret in touched where wishes.certificates[secret] == nil { forget(secret, now: now) }
        if changed.isEverything || !changed.issuers.isEmpty {
            touched = Set(wishes.certificates.keys)
        } else {
            if changed.secrets.contains(where: { items[$0] == nil && isIssuerSecret($0) }) { touched.formUnion(wanting) }
            touched.formUnion(changed.secrets)
            touched.formUnion(recorded)
            touched.formUnion(concerned(by: changed.namespaces))
        }
        var isRelevant =
            changed.isEverything || !changed.ingresses.isEmpty || !changed.ingressClasses.isEmpty || !changed.certificates.isEmpty
        for secret in touched {
            guard let desired = wishes.certificates[secret] else { continue }
            place(assess(desired, now: now), now: now)
            isRelevant = true
        }
        return isRelevant
    }

    /// Takes in other policies.
    ///
    /// - Returns: whether they are others.
    mutating func adopt(_ policies: IssuancePolicySet, now: Date) -> Bool {
        guard policies != self.policies else { return false }
        self.policies = policies
        for target in wanting { reassess(target, now: now) }
        return true
    }

    /// What the policies are asked with.
    var policyCheck: PolicyCheck { PolicyCheck(policies: policies, objects: objects, settings: settings) }

    /// The Secrets in namespaces whose labels are others, as far as policies look at those.
    private func concerned(by namespaces: Set<NamespacedName>) -> [NamespacedName] {
        guard !namespaces.isEmpty, policies.needsNamespaceLabels else { return [] }
        return wanting.filter { namespaces.contains(NamespacedName(namespace: "", name: $0.namespace)) }
    }

    /// Takes over the records that others have written.
    ///
    /// - Returns: the Secrets that they are about.
    private mutating func followRecords(_ changed: ChangeSet, now: Date) -> Set<NamespacedName> {
        if changed.isEverything {
            replaceRecords(now: now)
            return []
        }
        var targets: Set<NamespacedName> = []
        for name in changed.secrets where name.name.hasPrefix(RecordName.prefix) {
            let record = objects.secrets[name].flatMap { IssuanceRecord($0) }
            guard let target = record?.target ?? recordedTarget(name) else { continue }
            records[target] = record
            review(target, now: now)
            targets.insert(target)
        }
        return targets
    }

    /// What the known record in a Secret is about.
    private func recordedTarget(_ name: NamespacedName) -> NamespacedName? {
        let plain = NamespacedName(namespace: name.namespace, name: String(name.name.dropFirst(RecordName.prefix.utf8.count)))
        if records[plain] != nil, IssuanceRecord.secretName(for: plain) == name { return plain }
        // Only long names are not in plain text.
        return records.keys.first { IssuanceRecord.secretName(for: $0) == name }
    }

    private mutating func replaceRecords(now: Date) {
        let before = Set(records.keys)
        records = IssuanceRecord.all(in: objects)
        for target in before.union(records.keys) { review(target, now: now) }
    }

    /// Takes the records as the updates show them: after a change of leader nothing that we remember counts.
    mutating func readRecords(now: Date) {
        let targets = Set(records.keys)
        replaceRecords(now: now)
        for target in targets.union(records.keys) { reassess(target, now: now) }
        agenda.readOutages()
    }

    /// Looks again at what time has changed.
    mutating func advance(to now: Date) {
        for target in agenda.takeChanged(at: now) { reassess(target, now: now) }
        for target in cleaningTimes.removeDue(at: now) { review(target, now: now) }
    }

    /// The next moment at which time changes something: a renewal, the end of a wait, the end of an orphan's grace.
    mutating func nextChange() -> Date? { [agenda.nextChange(), cleaningTimes.first].compactMap { $0 }.min() }

    private mutating func forget(_ secret: NamespacedName, now: Date) {
        agenda.remove(secret)
        wanting.remove(secret)
        forced[secret] = nil
        issued[secret] = nil
        notices[secret] = nil
        revoked[secret] = nil
        touched.insert(secret)
        certificates.forget(secret)
        review(secret, now: now)
    }

    private mutating func place(_ item: CertificateItem, now: Date) {
        agenda.set(item, at: now)
        if case .none = item.work, !item.hasPendingOrder { wanting.remove(item.secret) } else { wanting.insert(item.secret) }
        touched.insert(item.secret)
        review(item.secret, now: now)
    }

    /// Works out anew what of the record of a Secret is needed.
    private mutating func review(_ target: NamespacedName, now: Date) {
        let record = records[target]
        if record?.order != nil { ordered.insert(target) } else { ordered.remove(target) }
        var needless: RecordCleaning?
        var next: Date?
        if let record {
            if let cleaning = cleanings[target], cleaning.due > now {
                next = cleaning.due
            } else {
                needless = needlessPart(of: record, now: now)
            }
            if next == nil, needless != .everything, items[target] == nil { next = record.endOfGrace }
        }
        needlessRecords[target] = needless
        cleaningTimes.set(next, of: target)
    }

    private func needlessPart(of record: IssuanceRecord, now: Date) -> RecordCleaning? {
        let others: RecordCleaning? = record.presented.isEmpty ? nil : .presented
        guard let item = items[record.target] else { return record.endOfGrace <= now ? .everything : others }
        switch item.work {
        case .none: return .everything
        case .blocked: return others
        // A resumed order needs them; without one the next attempt removes them, or is hours away.
        case .due: return nil
        case .backingOff: return record.order?.orderURL == nil ? others : nil
        }
    }

    private mutating func reassess(_ target: NamespacedName, now: Date) {
        guard let item = items[target] else { return }
        place(assess(item.desired, now: now), now: now)
    }

    private func assess(_ desired: DesiredCertificate, now: Date) -> CertificateItem {
        let name = desired.secret
        var target: TargetSecret
        if let written = written[name] {
            target = TargetSecret(reading: written.secret)
        } else {
            target = TargetSecret(objects.secrets[name], verdict: certificates[name])
        }
        target = target.claimed(by: desired)
        if unwritable[name] != nil { target.ownership = .foreign }
        return Assessment(
            desired: desired, target: target, issuers: IssuerCheck(objects: objects, settings: settings), policies: policyCheck,
            record: records[name], force: force(on: target, of: name, now: now),
            isRevoked: revoked[name].map { $0.certificate == target.leaf?.fingerprint } ?? false, now: now
        ).item()
    }

    /// What somebody asked for: of this process, or on the Secret itself.
    private func force(on target: TargetSecret, of name: NamespacedName, now: Date) -> Assessment.Force? {
        forced[name] ?? RenewalAnnotation(target)?.force(lastFailure: records[name]?.failure?.last, now: now)
    }

    /// Forgets what we knew better than the updates, once they show it or something newer.
    private mutating func settle(_ target: NamespacedName) {
        let shown = objects.secrets[target]
        if let known = written[target], Self.isSame(shown, known.secret) || shown != known.before { written[target] = nil }
        if let known = unwritable[target], shown != known { unwritable[target] = nil }
    }

    /// Whether two Secrets say the same; their versions may differ.
    private static func isSame(_ left: Secret?, _ right: Secret?) -> Bool {
        left?.data == right?.data && left?.type == right?.type && left?.metadata.labels == right?.metadata.labels
            && left?.metadata.annotations == right?.metadata.annotations
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

/// How much of a record goes.
enum RecordCleaning: Hashable {
    /// All of it: the certificate needs nothing, or nobody has wanted it for a while.
    case everything
    /// Its DNS records: nothing is under way that they could prove.
    case presented
}

extension PlanState {
    /// Takes whoever has the next turn, for an attempt that is about to begin. ``giveBack(_:now:)`` ends it.
    mutating func takeNext(now: Date, budgets: Budgets) -> CertificateItem? {
        agenda.takeNext(at: now) { budgets.admission($0, at: now) }
    }

    /// Notes that a CA answered an attempt, whatever it said.
    mutating func noteAnswer(of directory: String) { agenda.noteAnswer(directory) }

    /// Notes that the CA of a Secret did not answer the attempt at it, which ends with this.
    mutating func noteUnreachable(_ target: NamespacedName, retryAfter: Date?, now: Date) {
        guard let directory = items[target]?.directory else { return }
        agenda.noteUnreachable(directory, by: target, retryAfter: retryAfter, at: now)
    }

    /// Keeps a Secret from getting a turn, since somebody works on it.
    mutating func take(_ target: NamespacedName) { agenda.take(target) }

    /// Nobody works on a Secret any more.
    mutating func giveBack(_ target: NamespacedName, now: Date) { agenda.giveBack(target, at: now) }

    /// Keeps a Secret from getting a turn until then, for that reason.
    mutating func hold(_ target: NamespacedName, until: Date, _ reason: String) { agenda.hold(target, until: until, reason) }

    /// Has everything looked at again that limits of CAs held back.
    mutating func releaseQueued() { agenda.release() }

    /// Notes whether DNS records of a Secret are left although they should have been removed.
    mutating func setCleaned(_ target: NamespacedName, isComplete: Bool, now: Date) {
        guard !isComplete else {
            cleanings[target] = nil
            return
        }
        let failures = (cleanings[target]?.failures ?? 0) + 1
        let wait = BackoffLadder.wait(afterFailures: failures, elapsed: .zero)
        cleanings[target] = (now.addingTimeInterval(wait.seconds), failures)
    }

    /// The items that were assessed since the last call.
    mutating func takeTouched() -> Set<NamespacedName> {
        defer { touched = [] }
        return touched
    }

    /// Counts all items as just assessed.
    mutating func touchAll() { touched = Set(items.keys) }

    /// Notes what an attempt found worth knowing.
    mutating func setNotices(_ notices: [String], of target: NamespacedName) {
        self.notices[target] = notices.isEmpty || items[target] == nil ? nil : notices
    }

    /// Notes that a certificate is revoked.
    mutating func setRevoked(_ target: NamespacedName, _ certificate: String, since date: Date, now: Date) {
        revoked[target] = (certificate, date)
        reassess(target, now: now)
    }

    /// Since when the certificate in a Secret is known to be revoked.
    func revokedSince(_ target: NamespacedName) -> Date? {
        guard let known = revoked[target], known.certificate == items[target]?.target.leaf?.fingerprint else {
            return nil
        }
        return known.since
    }

    /// The certificate in a Secret of ours, if it says where to ask whether it is revoked.
    func revocationSubject(_ target: NamespacedName) -> RevocationKeeper.Subject? {
        guard let item = items[target], case .issue = item.desired.wish, item.target.ownership == .ours,
            let certificate = item.target.leaf?.certificate, !certificate.ocspURLs.isEmpty || !certificate.crlURLs.isEmpty
        else { return nil }
        return RevocationKeeper.Subject(certificate: certificate.sha256Fingerprint, notAfter: certificate.notAfter)
    }

    /// The issuer of the certificate that is in a Secret of ours, and whom to ask about it; nil for anything else.
    func renewalInfoSubject(_ target: NamespacedName) -> RenewalInfoKeeper.Subject? {
        guard let item = items[target], case .issue(let wanted) = item.desired.wish, item.target.ownership == .ours,
            let certificate = item.target.leaf?.certificate, let identifier = ARICertificateID(certificate)
        else { return nil }
        let issuer = (item.target.issuer ?? wanted).object(from: target.namespace)
        guard case .acme(let spec)? = objects.issuers[issuer]?.spec, spec.usesRenewalInfo, spec.server == item.target.directory else {
            return nil
        }
        return RenewalInfoKeeper.Subject(
            certificate: certificate.sha256Fingerprint, identifier: identifier, issuer: issuer, spec: spec, notAfter: certificate.notAfter)
    }

    /// Notes how the record of a Secret is stored now.
    mutating func setRecord(_ record: IssuanceRecord?, of target: NamespacedName, now: Date) {
        records[target] = record.flatMap { $0.isEmpty ? nil : $0 }
        review(target, now: now)
        reassess(target, now: now)
    }

    /// Notes a Secret that we wrote.
    mutating func setWritten(_ secret: Secret, now: Date) {
        let name = secret.metadata.id
        let before = objects.secrets[name]
        if !Self.isSame(before, secret) { written[name] = Written(secret: secret, before: before) }
        forced[name] = nil
        reassess(name, now: now)
    }

    /// Notes that a certificate was issued.
    mutating func setIssued(_ target: NamespacedName, _ reason: IssueReason?, timestamps: Int?, now: Date) {
        issued[target] = Issued(at: now, reason: reason, timestamps: timestamps)
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

    /// Whether that counts for more than the failures so far.
    func isForcedNow(_ target: NamespacedName, now: Date) -> Bool {
        guard let item = items[target] else { return false }
        return force(on: item.target, of: target, now: now) == .atOnce
    }
}
