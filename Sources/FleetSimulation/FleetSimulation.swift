internal import CALimits
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import KubernetesAPI
internal import Store

/// A fleet of certificates in virtual time: the real planner, schedule, queue, ledger and ladder, and a CA with Let's Encrypt's limits.
public struct FleetSimulation {
    private static let directory = "https://acme-v02.api.letsencrypt.org/directory"
    /// 1 January 2027.
    private static let epoch = Date(timeIntervalSince1970: 1_798_761_600)
    private static let issuancesAtOnceMax = IssuanceLimits.issuancesAtOnceMax

    private struct Running {
        let secret: NamespacedName
        let order: PlannedOrder?
        let item: CertificateItem
    }

    /// The ledger, which is asked while the agenda is changed.
    final class Spent {
        var ledger = BudgetLedger()
    }

    let settings: FleetSettings
    let planner: ItemPlanner
    let limits: [CALimit]
    let shippedLimits: CALimitsSet
    private var random: SeededRandom
    private var ca: SimulatedCA
    let spent = Spent()
    var agenda = Agenda()
    private var lifetimes: [NamespacedName: Double] = [:]
    private var failures: [NamespacedName: FailureRecord] = [:]
    private var ends = EventQueue<Running>()
    private var time = 0.0
    private var result: FleetResult

    /// Prepares a run.
    public init(_ settings: FleetSettings) throws {
        self.settings = settings
        let shipped = try CALimitsSet.shipped()
        shippedLimits = shipped
        limits = shipped.limits(of: Self.directory)
        let spec = ACMEIssuerSpec(
            server: Self.directory, privateKeySecretRef: SecretKeySelector(name: "account", key: "tls.key"))
        let issuer = Issuer(metadata: ObjectMeta(namespace: "", name: "le"), scope: .cluster, spec: .acme(spec))
        planner = ItemPlanner(objects: ObjectSet([.issuer(issuer)]), settings: IssuanceSettings(caLimits: shipped))
        random = SeededRandom(seed: settings.seed)
        ca = SimulatedCA(limits: limits)
        result = FleetResult(hours: Int((settings.days * 24).rounded(.up)))
    }

    /// Runs to the end.
    public mutating func run() -> FleetResult {
        populate()
        let end = settings.days * 86_400
        var restarts = settings.restarts.map { $0 * 86_400 }.sorted(by: >)
        while time < end {
            if let next = restarts.last, next <= time {
                restarts.removeLast()
                restart()
            }
            for secret in agenda.takeChanged(at: now) { judge(secret) }
            begin()
            let change = agenda.nextChange().map { $0.timeIntervalSince(Self.epoch) } ?? end
            // A date has fewer digits than a time since the start, and what is due a moment later must not be asked for again at once.
            let next = max(min(change, ends.first ?? end), time + 0.001)
            result.note(queued: agenda.queued, from: time, to: min(next, end))
            time = next
            while let first = ends.first, first <= time, let running = ends.removeFirst() { finish(running) }
        }
        result.unissued = agenda.items.values.count { $0.target.leaf == nil }
        return result
    }

    /// What another process finds that begins now: the certificates, the failures and the ledger are stored, nothing else is. Attempts
    /// that were under way are lost.
    private mutating func restart() {
        let items = agenda.items
        agenda = Agenda()
        ends = EventQueue()
        for (_, item) in items.sorted(by: { $0.key < $1.key }) { agenda.set(self.item(item.desired, item.target), at: now) }
        agenda.readOutages()
    }

    var now: Date { Self.epoch.addingTimeInterval(time) }
    private var isAway: Bool { settings.outages.contains { $0.contains(time) } }

    // MARK: The fleet

    mutating func populate() {
        let issuer = IssuerName(kind: .clusterIssuer, name: "le")
        for index in 0..<settings.certificates {
            let namespace = index % 5 == 0 ? "tenant-0" : "tenant-\(1 + index / settings.certificatesPerNamespace)"
            let secret = NamespacedName(namespace: namespace, name: "tls-\(index)")
            let draw = Double.random(in: 0..<1, using: &random)
            var lifetime = settings.shares.last?.lifetimeDays ?? 90
            var sum = 0.0
            for share in settings.shares {
                sum += share.part
                if draw < sum {
                    lifetime = share.lifetimeDays
                    break
                }
            }
            lifetimes[secret] = lifetime * 86_400
            guard let desired = try? planner.desired(secret, hosts: [host(index)], from: issuer) else { continue }
            var target = TargetSecret.absent
            if settings.start == .oneHour {
                target = issued(desired, at: Self.epoch.addingTimeInterval(Double.random(in: -3600..<0, using: &random)))
            }
            agenda.set(item(desired, target), at: now)
        }
    }

    private func host(_ index: Int) -> String {
        let isBig = settings.bigDomains > 0 && Double(index % 1000) < settings.bigPart * 1000
        if isBig { return "h\(index).big-\(index % settings.bigDomains).example" }
        return "h\(index).small-\(index / max(settings.certificatesPerDomain, 1)).example"
    }

    private func issued(_ desired: DesiredCertificate, at moment: Date) -> TargetSecret {
        let begin = moment.addingTimeInterval(-3600)
        let names = Set(desired.names.all)
        let leaf = LeafFacts(
            names: names, notBefore: begin, notAfter: begin.addingTimeInterval(lifetimes[desired.secret] ?? 0))
        return TargetSecret(
            ownership: .ours, content: .certificate(leaf), issuer: IssuerName(kind: .clusterIssuer, name: "le"), directory: Self.directory,
            requestedNames: names)
    }

    private func item(_ desired: DesiredCertificate, _ target: TargetSecret) -> CertificateItem {
        var item = planner.item(desired, target, failure: failures[desired.secret], at: now)
        // The identifier of the replaced certificate is all that a leaf made by hand lacks.
        if settings.usesRenewalInfo, target.leaf != nil { item.order?.intent.isARIRenewal = true }
        return item
    }

    mutating func judge(_ secret: NamespacedName) {
        guard let item = agenda.items[secret] else { return }
        agenda.set(self.item(item.desired, item.target), at: now)
    }

    // MARK: Orders

    private mutating func begin() {
        while ends.count < Self.issuancesAtOnceMax {
            let now = now
            let (spent, limits) = (spent, limits)
            guard let item = agenda.takeNext(at: now, admission: { spent.ledger.admission(for: $0.intent, limits: limits, at: now) }) else {
                return
            }
            if let order = item.order {
                spent.ledger.spend(order.intent, limits: limits, at: now)
                // The CA counts a moment later than we do.
                if !isAway, !ca.accepts(order.intent, at: time + 0.3) { result.tooMany += 1 }
            }
            // What is sent to a CA that is away does not reach it, and is counted as a failure.
            if !isAway { result.order(at: time) }
            ends.insert(Running(secret: item.secret, order: item.order, item: item), at: time + .random(in: 3...20, using: &random))
        }
    }

    private mutating func finish(_ running: Running) {
        let secret = running.secret
        var target = running.item.target
        if isAway || Double.random(in: 0..<1, using: &random) < settings.failurePart {
            result.failure(at: time)
            failures[secret] = planner.failure(
                of: running.item, after: failures[secret], isAway ? .unreachable : .hostUnreachable, retryAfter: nil, at: now,
                draw: .random(in: 0...1, using: &random))
            if isAway {
                result.attemptInVain()
                agenda.noteUnreachable(Self.directory, by: secret, retryAfter: nil, at: now)
            } else {
                agenda.noteAnswer(Self.directory)
            }
            if let order = running.order {
                spent.ledger.refund(order.intent, limits: limits, at: now)
                if !isAway, let host = order.intent.names.first {
                    ca.endedWithoutCertificate(order.intent)
                    spent.ledger.spendFailure(of: host, account: order.intent.account, limits: limits, at: now)
                }
            }
        } else {
            if let leaf = target.leaf {
                result.renewal(left: leaf.notAfter.timeIntervalSince(now) / leaf.notAfter.timeIntervalSince(leaf.notBefore))
            }
            failures[secret] = nil
            agenda.noteAnswer(Self.directory)
            target = issued(running.item.desired, at: now)
        }
        agenda.set(item(running.item.desired, target), at: now)
        agenda.giveBack(secret, at: now)
        if failures[secret] != nil { agenda.release() }
    }
}
