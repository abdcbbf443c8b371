public import Core
public import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
public import PKI
public import Routing
public import Store

/// Judges the Secrets that served Ingresses name in `tls` sections and turns them into a ``CertificateIndex``; every change leads
/// to the next one by looking only at the Secrets and hosts concerned.
///
/// What is in force stays until something usable takes its place: neither a broken, an expired nor a deleted Secret, nor a `tls`
/// section that names another Secret which does not exist yet, puts a placeholder where a valid certificate was. It goes when no
/// `tls` section lists its host any more, or when the process ends.
///
/// A value without I/O; it belongs to one task of the control plane.
public struct CertificateCatalog {
    private let policy: IngressClassPolicy
    private let defaultSecret: NamespacedName?
    private let placeholders: PlaceholderFactory
    private var served: [NamespacedName: TLSClaims] = [:]
    private var claims: [String: HostTLSClaims] = [:]
    private var uses: SecretUses
    private var secrets: [NamespacedName: SecretState] = [:]
    private var heldBack: Set<NamespacedName> = []
    private var names: NameIndex
    private var hosts: HostMap<CertificateEntry>
    private var hostProblems: [String: [CertificateProblem]] = [:]
    /// The credentials that the last ``apply(_:now:)`` or ``refresh(now:)`` put in force.
    public private(set) var adopted: [Credential] = []

    /// Makes a catalog that has seen nothing.
    ///
    /// - Parameters:
    ///   - defaultSecret: a Secret whose certificate is presented to peers that name no known host; without one, or while it is
    ///     unusable, they get a self-signed one.
    ///   - now: the wall-clock time, for the validity of placeholders.
    /// - Throws: only if OpenSSL cannot make a key.
    public init(policy: IngressClassPolicy, defaultSecret: NamespacedName? = nil, now: Date) throws(PKIError) {
        self.policy = policy
        self.defaultSecret = defaultSecret
        placeholders = try PlaceholderFactory(now: now)
        let hash = HostHash()
        names = NameIndex(hash: hash)
        hosts = HostMap(hash: hash)
        uses = SecretUses(always: defaultSecret)
    }

    /// Takes in an update of the store. With many Secrets to read it uses every core, and blocks until they are read.
    ///
    /// - Returns: the index for the update's objects. Credentials that did not change keep their identity.
    public mutating func apply(_ update: StoreUpdate, now: Date) -> CertificateIndex {
        adopted = []
        var touched: Set<String> = []
        var suspects = update.changed.secrets
        for name in policy.review(update, served: served) {
            remove(name, touching: &touched)
            guard let ingress = update.objects.ingresses[name], policy.serves(ingress, classes: update.objects.ingressClasses)
            else { continue }
            add(ingress, touching: &touched)
            suspects.formUnion(served[name]?.secrets ?? [])
        }
        dropUnused()
        // Only now is it known which Secrets are in use.
        let named = update.changed.isEverything ? uses.all : suspects.filter(uses.contains)
        read(named, update.objects, now: now, touching: &touched)
        reconsiderHeldBack(now: now, touching: &touched)
        for host in touched { decide(host, now: now) }
        return index
    }

    /// Looks again at replacements that were not valid when they came; to be called every few minutes while nothing changes.
    ///
    /// - Returns: the new index, or nil when nothing came of it.
    public mutating func refresh(now: Date) -> CertificateIndex? {
        adopted = []
        var touched: Set<String> = []
        reconsiderHeldBack(now: now, touching: &touched)
        guard !touched.isEmpty else { return nil }
        for host in touched { decide(host, now: now) }
        return index
    }

    /// The judgement on a Secret that a served Ingress names; `.missing` for every other.
    public func verdict(for secret: NamespacedName) -> SecretVerdict {
        secrets[secret]?.verdict ?? .missing(inForce: nil)
    }

    /// What is wrong at this time, sorted. Costs a pass over the Secrets in use.
    public func problems(now: Date) -> [CertificateProblem] {
        var all = served.values.flatMap(\.problems) + hostProblems.values.joined()
        all += secrets.values.compactMap { $0.problem(now: now) }
        return all.sorted()
    }
}

extension CertificateCatalog {
    /// The index as it is now.
    var current: CertificateIndex { index }

    /// The Secrets that served Ingresses name.
    var namedSecrets: Set<NamespacedName> { uses.all }

    /// The host patterns that a Secret is named for.
    func hosts(of secret: NamespacedName) -> Set<String> { uses.hosts(of: secret) }

    private var index: CertificateIndex {
        let fallback = defaultSecret.flatMap { secrets[$0]?.inForce } ?? placeholders.fallback
        return CertificateIndex(hosts: hosts, names: names.map, fallback: fallback, placeholders: placeholders)
    }

    private mutating func remove(_ name: NamespacedName, touching touched: inout Set<String>) {
        guard let old = served.removeValue(forKey: name) else { return }
        for secret in old.secrets { uses.release(secret) }
        for (host, mine) in old.hosts {
            claims[host]?.remove(old.rank)
            for secret in mine.compactMap(\.secret) where claims[host]?.names(secret) != true { uses.unlink(host, from: secret) }
            touched.insert(host)
        }
    }

    private mutating func add(_ ingress: Ingress, touching touched: inout Set<String>) {
        let new = TLSClaims(ingress)
        guard !new.isEmpty else { return }
        served[new.rank.name] = new
        for secret in new.secrets { uses.retain(secret) }
        for (host, mine) in new.hosts {
            claims[host, default: HostTLSClaims()].insert(mine, of: new.rank)
            for secret in mine.compactMap(\.secret) { uses.link(host, to: secret) }
            touched.insert(host)
        }
    }

    private mutating func dropUnused() {
        for secret in uses.takeUnused() {
            heldBack.remove(secret)
            if let credential = secrets.removeValue(forKey: secret)?.inForce { names.remove(credential) }
        }
    }

    /// Reads the Secrets among these whose content differs from what was read last.
    private mutating func read(
        _ candidates: Set<NamespacedName>, _ objects: ObjectSet, now: Date, touching touched: inout Set<String>
    ) {
        var fresh: [(name: NamespacedName, content: SecretReading.Content)] = []
        for name in candidates {
            guard let secret = objects.secrets[name] else {
                adopt(.missing, of: nil, name, now: now, touching: &touched)
                continue
            }
            let content = SecretReading.Content(secret)
            if secrets[name]?.content != content { fresh.append((name, content)) }
        }
        for (read, reading) in zip(fresh, SecretReading.read(fresh.map(\.content))) {
            adopt(reading, of: read.content, read.name, now: now, touching: &touched)
        }
    }

    private mutating func adopt(
        _ reading: SecretReading, of content: SecretReading.Content?, _ name: NamespacedName, now: Date,
        touching touched: inout Set<String>
    ) {
        var state = secrets[name] ?? SecretState(name: name)
        let old = state.inForce
        let isChanged = state.adopt(reading, of: content, now: now)
        commit(state, replacing: isChanged ? old : state.inForce, touching: &touched)
    }

    private mutating func reconsiderHeldBack(now: Date, touching touched: inout Set<String>) {
        for name in heldBack {
            guard var state = secrets[name] else { continue }
            let old = state.inForce
            if state.reconsider(now: now) { commit(state, replacing: old, touching: &touched) }
        }
    }

    private mutating func commit(_ state: SecretState, replacing old: Credential?, touching touched: inout Set<String>) {
        secrets[state.name] = state
        if state.isHeldBack { heldBack.insert(state.name) } else { heldBack.remove(state.name) }
        guard old !== state.inForce else { return }
        if let old { names.remove(old) }
        if let new = state.inForce {
            names.insert(new)
            adopted.append(new)
        }
        touched.formUnion(uses.hosts(of: state.name))
    }

    /// Decides which certificate serves a host pattern.
    private mutating func decide(_ host: String, now: Date) {
        hostProblems[host] = nil
        guard let claim = claims[host], !claim.isEmpty else {
            claims[host] = nil
            hosts[host] = nil
            return
        }
        let decision = claim.decide(host, secrets: secrets, inForce: hosts[host]?.credential, now: now)
        hosts[host] = decision.isListed ? CertificateEntry(host, decision.credential) : nil
        if !decision.problems.isEmpty { hostProblems[host] = decision.problems }
    }
}
