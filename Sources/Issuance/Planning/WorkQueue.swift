package import CALimits
package import Core
package import FoundationEssentials

/// The due certificates in the order in which they get their turn, kept up to date one by one.
///
/// ``Urgency`` first; within one urgency each namespace in turn, within a namespace each registered domain in turn, within that what
/// expires first. A limit of the CA's takes out only what it holds back: a set of names, a registered domain, or what the account may
/// order; all else goes on. So a pass costs as much as it finds, not as much as there is.
package struct WorkQueue: Sendable {
    /// What may be held back together by a limit of an account.
    struct Group: Hashable, Sendable {
        let account: String
        let directory: String
        /// Orders that differ in what they are exempt from are held back by different limits.
        let isARIRenewal: Bool
        let hasSameNames: Bool
        /// Whether it goes at the pace of renewals.
        let isPaced: Bool
        /// Whether it waits while the CA does not answer: there is nobody else to ask, and nobody said now.
        let waitsForCA: Bool

        init(_ item: CertificateItem, isPaced: Bool) {
            let order = item.order
            account = order?.intent.account ?? ""
            directory = item.directory ?? ""
            isARIRenewal = order?.intent.isARIRenewal ?? false
            hasSameNames = order?.intent.hasSameNames ?? false
            self.isPaced = isPaced
            waitsForCA = item.directory != nil && !item.hasFallback && !item.isForced
        }
    }

    struct Place: Hashable, Sendable {
        let group: Group
        let urgency: Urgency
        let namespace: String
        let domain: String
    }

    struct Entry: Sendable {
        let place: Place
        let order: WorkOrder
        let planned: PlannedOrder?
        /// By when it should be renewed, if it goes at the pace of renewals.
        let pacedUntil: Date?
    }

    struct Lane: Sendable {
        var heap = MinHeap<WorkOrder>()
        var isWaiting = false
    }

    struct Tenant: Sendable {
        var lanes: [String: Lane] = [:]
        var ring = Ring<String>()
        var isInRing = false
    }

    struct Tier: Sendable {
        var tenants: [String: Tenant] = [:]
        var ring = Ring<String>()
    }

    /// Until when something is held back.
    struct Wait: Comparable, Sendable {
        enum Subject: Hashable, Sendable { case secret(NamespacedName), lane(Place), group(Group) }
        let until: Date
        let subject: Subject

        static func < (left: Wait, right: Wait) -> Bool { left.until < right.until }
        static func == (left: Wait, right: Wait) -> Bool { left.until == right.until && left.subject == right.subject }
    }

    private var entries: [NamespacedName: Entry] = [:]
    private var tiers: [Group: [Tier]] = [:]
    private var groups = Ring<Group>()
    private var waits = MinHeap<Wait>()
    private var waiting: [Wait.Subject: Date] = [:]
    private var reasons: [Wait.Subject: String] = [:]
    /// How fast renewals go, by directory.
    private var paces: [String: RenewalPace] = [:]
    /// The CAs that do not answer, by directory.
    private var outages: [String: CAOutage] = [:]

    /// A turn that somebody has.
    package struct Turn: Hashable, Sendable {
        /// Who.
        package let secret: NamespacedName
        /// The limit that held it back before, if one did.
        package let reason: String?
    }

    /// An empty queue.
    package init() {}

    /// Those that are due, in no order.
    var secrets: some Sequence<NamespacedName> { entries.keys }

    /// How many are due.
    package var count: Int { entries.count }

    /// When the first that is held back may be looked at again.
    package var nextRelease: Date? {
        mutating get {
            dropStaleWaits()
            return waits.first?.until
        }
    }

    /// Puts a due certificate in its place, or moves it there.
    package mutating func insert(_ item: CertificateItem, at now: Date) {
        let pacedUntil = item.pacedUntil(now)
        let entry = Entry(
            place: Place(
                group: Group(item, isPaced: pacedUntil != nil), urgency: item.urgency(at: now), namespace: item.secret.namespace,
                domain: item.order?.intent.registeredDomains.first ?? ""),
            order: WorkOrder(item), planned: item.order, pacedUntil: pacedUntil)
        if let known = entries[item.secret] {
            if known.place == entry.place, known.order == entry.order, known.planned == entry.planned, known.pacedUntil == pacedUntil {
                return
            }
            remove(item.secret)
        }
        entries[item.secret] = entry
        if let pacedUntil { paces[entry.place.group.directory, default: RenewalPace()].add(pacedUntil) }
        add(entry)
    }

    /// Takes one out.
    package mutating func remove(_ secret: NamespacedName) {
        // Its place is passed over when it comes up.
        guard let entry = entries.removeValue(forKey: secret) else { return }
        if let pacedUntil = entry.pacedUntil { paces[entry.place.group.directory]?.remove(pacedUntil) }
        waiting[.secret(secret)] = nil
        reasons[.secret(secret)] = nil
    }

    /// Takes out whoever has the next turn.
    ///
    /// - Parameter admission: Whether the limits of a CA let an order through. What they hold back is not asked about again until then,
    ///   or until ``release()``.
    package mutating func next(at now: Date, admission: (PlannedOrder) -> Admission) -> Turn? {
        endWaits(at: now)
        for urgency in Urgency.allCases {
            for _ in 0..<groups.count {
                guard let group = groups.removeFirst() else { break }
                groups.append(group)
                guard waiting[.group(group)] == nil, !isHeldBack(group, at: now) else { continue }
                if let turn = next(in: group, urgency, admission) {
                    begin(turn.secret, of: group, at: now)
                    return turn
                }
            }
        }
        return nil
    }

    /// Keeps one from getting a turn until then, for that reason.
    mutating func hold(_ secret: NamespacedName, until: Date, _ reason: String) {
        if entries[secret] != nil { wait(.secret(secret), until, reason) }
    }

    /// Has everything looked at again that was held back: a ledger has changed in another way than by spending.
    package mutating func release() { endWaits(at: .distantFuture) }

    /// Which limit held one back last, by itself or together with others.
    func reason(of secret: NamespacedName) -> String? {
        guard let entry = entries[secret] else { return nil }
        return reasons[.secret(secret)] ?? reasons[.lane(entry.place)] ?? reasons[.group(entry.place.group)]
    }
}

// MARK: CAs

extension WorkQueue {
    /// A certificate of a CA is there, or with a negative share is there no more.
    mutating func add(_ share: (directory: String, share: Int)) {
        paces[share.directory, default: RenewalPace()].add(share: share.share)
    }

    /// A CA did not answer an attempt.
    mutating func noteUnreachable(_ directory: String, by secret: NamespacedName, retryAfter: Date?, at now: Date) {
        if outages[directory] == nil {
            outages[directory] = CAOutage(secret, at: now)
        } else {
            outages[directory]?.fail(secret, retryAfter: retryAfter, at: now)
        }
        release(directory)
    }

    /// A CA answered somebody.
    mutating func noteAnswer(_ directory: String) {
        if outages.removeValue(forKey: directory) != nil { release(directory) }
    }

    /// An attempt has ended, in whatever way.
    mutating func noteEnd(_ secret: NamespacedName, of directory: String, at now: Date) {
        guard outages[directory] != nil else { return }
        outages[directory]?.end(secret, at: now)
        release(directory)
    }

    /// Takes over which CAs do not answer.
    mutating func setOutages(_ outages: [String: CAOutage]) {
        self.outages = outages
        release()
    }

    /// Takes it that CAs which do not answer do so when they are asked next: for a look into the future.
    mutating func foresee() {
        for directory in outages.keys { outages[directory]?.endsWithNextTry = true }
        release()
    }

    /// Looks again at what waits for a CA.
    private mutating func release(_ directory: String) {
        for group in tiers.keys where group.directory == directory { waiting[.group(group)] = nil }
    }

    /// Whether all of a group have to wait now, and notes until when.
    private mutating func isHeldBack(_ group: Group, at now: Date) -> Bool {
        if group.waitsForCA, let outage = outages[group.directory], let until = outage.wait(at: now) {
            wait(.group(group), until, outage.words(group.directory))
            return true
        }
        guard group.isPaced, let until = paces[group.directory]?.wait(at: now) else { return false }
        wait(.group(group), until, paceWords(group.directory, at: now))
        return true
    }

    private mutating func paceWords(_ directory: String, at now: Date) -> String {
        let pace = paces[directory]?.perSecond(at: now) ?? 1
        let count = paces[directory]?.count ?? 0
        return "\(count) renewals at \(directory) are spread over the time that they have, one every \(Int((1 / pace).rounded())) s"
    }

    private mutating func begin(_ secret: NamespacedName, of group: Group, at now: Date) {
        if group.isPaced { paces[group.directory]?.begin(at: now) }
        if group.waitsForCA { outages[group.directory]?.begin(secret, at: now) }
    }
}

extension WorkQueue {
    private mutating func add(_ entry: Entry) {
        let place = entry.place
        if tiers[place.group] == nil {
            tiers[place.group] = Urgency.allCases.map { _ in Tier() }
            groups.append(place.group)
        }
        tiers[place.group]?[place.urgency.rawValue].add(entry.order, place)
    }

    private mutating func next(in group: Group, _ urgency: Urgency, _ admission: (PlannedOrder) -> Admission) -> Turn? {
        while let (namespace, domain) = tiers[group]?[urgency.rawValue].takeTurn() {
            let place = Place(group: group, urgency: urgency, namespace: namespace, domain: domain)
            guard let secret = head(of: place), let entry = entries[secret] else {
                tiers[group]?[urgency.rawValue].endTurn(place, .empty)
                reasons[.lane(place)] = nil
                continue
            }
            switch entry.planned.map(admission) ?? .now {
            case .now:
                tiers[group]?[urgency.rawValue].removeHead(of: place)
                tiers[group]?[urgency.rawValue].endTurn(place, .served)
                let turn = Turn(secret: secret, reason: reason(of: secret))
                remove(secret)
                return turn
            case .notBefore(let until, let hold):
                switch hold.scope {
                case .account:
                    tiers[group]?[urgency.rawValue].endTurn(place, .passed)
                    wait(.group(group), until, hold.reason)
                    return nil
                case .registeredDomain(domain):
                    tiers[group]?[urgency.rawValue].endTurn(place, .waits)
                    wait(.lane(place), until, hold.reason)
                case .registeredDomain, .names:
                    tiers[group]?[urgency.rawValue].removeHead(of: place)
                    tiers[group]?[urgency.rawValue].endTurn(place, .passed)
                    wait(.secret(secret), until, hold.reason)
                }
            }
        }
        return nil
    }

    /// The first of a lane that is still there.
    private mutating func head(of place: Place) -> NamespacedName? {
        while let order = tiers[place.group]?[place.urgency.rawValue].head(of: place) {
            if let entry = entries[order.secret], entry.place == place, entry.order == order, waiting[.secret(order.secret)] == nil {
                return order.secret
            }
            tiers[place.group]?[place.urgency.rawValue].removeHead(of: place)
        }
        return nil
    }

    private mutating func wait(_ subject: Wait.Subject, _ until: Date, _ reason: String) {
        waiting[subject] = until
        reasons[subject] = reason
        waits.insert(Wait(until: until, subject: subject))
    }

    private mutating func endWaits(at now: Date) {
        while let first = waits.first, first.until <= now {
            waits.removeFirst()
            guard waiting[first.subject] == first.until else { continue }
            waiting[first.subject] = nil
            switch first.subject {
            case .group: break
            case .lane(let place): tiers[place.group]?[place.urgency.rawValue].wake(place)
            case .secret(let secret): if let entry = entries[secret] { add(entry) }
            }
        }
    }

    private mutating func dropStaleWaits() {
        while let first = waits.first, waiting[first.subject] != first.until { waits.removeFirst() }
    }
}

extension WorkQueue.Tier {
    /// How a lane's turn ended.
    enum TurnEnd {
        /// It had one, and is last now.
        case served
        /// It had none, for another reason than itself, and is first again.
        case passed
        /// It is held back.
        case waits
        /// Nothing is in it.
        case empty
    }

    // All changes are made in place: a namespace that is taken out, changed and put back would be copied each time.

    mutating func add(_ order: WorkOrder, _ place: WorkQueue.Place) {
        if tenants[place.namespace]?.lanes[place.domain] == nil {
            tenants[place.namespace, default: WorkQueue.Tenant()].lanes[place.domain] = WorkQueue.Lane()
            tenants[place.namespace]?.ring.append(place.domain)
        }
        tenants[place.namespace]?.lanes[place.domain]?.heap.insert(order)
        enter(place.namespace)
    }

    /// Whose turn it is: a namespace, and a registered domain in it. Both are out of their rings until the turn ends.
    mutating func takeTurn() -> (namespace: String, domain: String)? {
        while let namespace = ring.removeFirst() {
            guard let domain = tenants[namespace]?.ring.removeFirst() else {
                tenants[namespace]?.isInRing = false
                if tenants[namespace]?.lanes.isEmpty == true { tenants[namespace] = nil }
                continue
            }
            return (namespace, domain)
        }
        return nil
    }

    mutating func endTurn(_ place: WorkQueue.Place, _ end: TurnEnd) {
        let namespace = place.namespace
        switch end {
        case .served: tenants[namespace]?.ring.append(place.domain)
        case .passed: tenants[namespace]?.ring.prepend(place.domain)
        case .waits: tenants[namespace]?.lanes[place.domain]?.isWaiting = true
        case .empty: tenants[namespace]?.lanes[place.domain] = nil
        }
        switch end {
        case .served: ring.append(namespace)
        case .passed, .waits, .empty: ring.prepend(namespace)
        }
    }

    /// Lets a lane take part again.
    mutating func wake(_ place: WorkQueue.Place) {
        guard tenants[place.namespace]?.lanes[place.domain]?.isWaiting == true else { return }
        tenants[place.namespace]?.lanes[place.domain]?.isWaiting = false
        tenants[place.namespace]?.ring.append(place.domain)
        enter(place.namespace)
    }

    func head(of place: WorkQueue.Place) -> WorkOrder? { tenants[place.namespace]?.lanes[place.domain]?.heap.first }

    mutating func removeHead(of place: WorkQueue.Place) { tenants[place.namespace]?.lanes[place.domain]?.heap.removeFirst() }

    /// Lets a namespace take part that has something to do.
    private mutating func enter(_ namespace: String) {
        guard let tenant = tenants[namespace], !tenant.isInRing, tenant.ring.count > 0 else { return }
        tenants[namespace]?.isInRing = true
        ring.append(namespace)
    }
}
