internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
public import Policies
public import Routing
public import Store

/// Decides which TLS policy holds for which host and turns that into a ``TLSPolicyTable``; every change of the objects leads to the
/// next one by looking only at the Ingresses and hosts concerned.
///
/// The oldest Ingress of a host decides: by its annotation, else by its class, else the default holds. So nobody who adds an Ingress
/// can weaken the TLS of a host that another has.
///
/// A value without I/O; it belongs to one task of the control plane.
public struct TLSPolicyCompiler {
    /// Names a policy, on an Ingress or an IngressClass.
    public static let annotation = "certctl.dev/tls-policy"

    private let ingressClasses: IngressClassPolicy
    private var names: TLSPolicyNames
    private var classes: [String: ClassWish] = [:]
    private var served: [NamespacedName: TLSPolicyClaim] = [:]
    private var claims: [String: [TLSPolicyClaim]] = [:]
    private var hosts = HostMap<TLSPolicyEntry>()
    private var conflicts: [String: [TLSPolicyProblem]] = [:]

    /// What an IngressClass asks for.
    private enum ClassWish: Hashable {
        case policy(String)
        case unusable(kind: String, name: String)
    }

    /// Makes a compiler that has seen nothing.
    ///
    /// - Parameters:
    ///   - policies: the policies that are known by name.
    ///   - profile: the default. A policy of its name in another set replaces it: see ``adopt(_:)``.
    public init(policy: IngressClassPolicy, policies: TLSPolicySet, profile: TLSPolicy) {
        ingressClasses = policy
        names = TLSPolicyNames(policies, profile: profile)
    }

    /// The table as of now.
    public var table: TLSPolicyTable { TLSPolicyTable(policies: names.inUse, hosts: hosts) }

    /// Takes in an update of the store.
    ///
    /// - Returns: the table for the update's objects; nil when it is the one before.
    public mutating func apply(_ update: StoreUpdate) -> TLSPolicyTable? {
        var touched: Set<String> = []
        var suspects = ingressClasses.review(update, served: served)
        if update.changed.isEverything || !update.changed.ingressClasses.isEmpty {
            let now = Self.wishes(of: update.objects.ingressClasses, controller: ingressClasses.controllerName)
            if now != classes {
                // Classes change once in a blue moon; who belongs to which is not kept for that.
                suspects.formUnion(update.objects.ingresses.keys)
                touched.formUnion(claims.keys)
            }
            classes = now
        }
        for name in suspects {
            let new = update.objects.ingresses[name].flatMap { claim($0, update.objects) }
            let old = served[name]
            guard new != old else { continue }
            served[name] = new
            if let old { remove(old, touching: &touched) }
            if let new { insert(new, touching: &touched) }
        }
        guard !touched.isEmpty else { return nil }
        for host in touched { decide(host) }
        return table
    }

    /// Takes over another set of policies. Those in use that it lacks stay in force as they were, and are a problem: a host that has asked
    /// for a strict policy must not get a weaker one because a file is gone.
    ///
    /// - Returns: the table for these policies.
    public mutating func adopt(_ policies: TLSPolicySet) -> TLSPolicyTable {
        names.adopt(policies)
        hosts = HostMap()
        for host in claims.keys { decide(host) }
        return table
    }

    /// What is wrong at this time, sorted.
    public var problems: [TLSPolicyProblem] {
        var all = conflicts.values.flatMap { $0 } + names.problems(used: Set(hosts.entries.map(\.policy)))
        for claim in served.values {
            guard let wish = claim.wish, !names.isKnown(wish) else { continue }
            all.append(
                TLSPolicyProblem(
                    code: .unknownPolicy, ingress: claim.rank.name, host: nil,
                    message: "ingress \(claim.rank.name): \(unknown(wish))"))
        }
        for (name, wish) in classes {
            switch wish {
            case .policy(let policy) where names.isKnown(policy): break
            case .policy(let policy):
                all.append(
                    TLSPolicyProblem(
                        code: .unknownPolicy, ingress: nil, host: nil, message: "ingressclass \(name): \(unknown(policy))"))
            case .unusable(let kind, let parameter):
                all.append(
                    TLSPolicyProblem(
                        code: .unusableParameters, ingress: nil, host: nil,
                        message:
                            "ingressclass \(name): spec.parameters name \(kind) \"\(parameter.oneLine(bytesMax: 64))\", allowed is \(Self.parametersKind)"
                    ))
            }
        }
        return all.sorted()
    }

    private func unknown(_ policy: String) -> String {
        "no TLS policy has the name \"\(policy.oneLine(bytesMax: 64))\", there are \(names.known.joined(separator: ", "))"
    }
}

extension TLSPolicyCompiler {
    private static let parametersGroup = "certctl.dev"
    private static let parametersKind = "TLSPolicy of \(parametersGroup)"

    private static func wishes(
        of classes: TreeDictionary<NamespacedName, IngressClass>, controller: String
    ) -> [String: ClassWish] {
        var wishes: [String: ClassWish] = [:]
        for (name, ingressClass) in classes where ingressClass.controller == controller {
            if let policy = ingressClass.metadata.annotations[annotation] {
                wishes[name.name] = .policy(policy)
            } else if let parameters = ingressClass.parameters {
                let isOurs = parameters.apiGroup == parametersGroup && parameters.kind == "TLSPolicy"
                wishes[name.name] =
                    isOurs
                    ? .policy(parameters.name)
                    : .unusable(kind: "\(parameters.kind) of \(parameters.apiGroup ?? "the core group")", name: parameters.name)
            }
        }
        return wishes
    }

    /// What an Ingress says; nil when it is not ours or names no host.
    private func claim(_ ingress: Ingress, _ objects: ObjectSet) -> TLSPolicyClaim? {
        guard ingressClasses.serves(ingress, classes: objects.ingressClasses) else { return nil }
        // Which class only matters while one of them asks for something.
        let ingressClass = classes.isEmpty ? nil : ingressClasses.ingressClass(of: ingress, classes: objects.ingressClasses)
        let claim = TLSPolicyClaim(ingress, ingressClass: ingressClass.map(\.metadata.name))
        return claim.hosts.isEmpty ? nil : claim
    }

    private mutating func remove(_ claim: TLSPolicyClaim, touching touched: inout Set<String>) {
        for host in claim.hosts {
            claims[host]?.removeAll { $0.rank == claim.rank }
            touched.insert(host)
        }
    }

    private mutating func insert(_ claim: TLSPolicyClaim, touching touched: inout Set<String>) {
        for host in claim.hosts {
            var queue = claims[host] ?? []
            queue.insert(claim, at: claim.rank.position(in: queue.lazy.map(\.rank)))
            claims[host] = queue
            touched.insert(host)
        }
    }

    /// Decides which policy holds for a host pattern.
    private mutating func decide(_ host: String) {
        conflicts[host] = nil
        guard let queue = claims[host], let oldest = queue.first else {
            claims[host] = nil
            hosts[host] = nil
            return
        }
        let policy = choice(of: oldest)
        hosts[host] = TLSPolicyEntry(host, policy)
        var problems: [TLSPolicyProblem] = []
        // One without an annotation of its own has no opinion.
        for younger in queue.dropFirst() where younger.wish != nil && choice(of: younger) != policy {
            problems.append(
                TLSPolicyProblem(
                    code: .conflictingPolicies, ingress: younger.rank.name, host: host,
                    message:
                        "ingress \(younger.rank.name): TLS policy \"\((younger.wish ?? "").oneLine(bytesMax: 64))\" for \(host) yields to "
                        + "\"\(names.inUse[policy].name)\": ingress \(oldest.rank.name) is older"))
        }
        if !problems.isEmpty { conflicts[host] = problems }
    }

    /// The place of the policy that an Ingress leads to.
    private mutating func choice(of claim: TLSPolicyClaim) -> Int {
        if let wish = claim.wish, let place = names.place(of: wish) { return place }
        if let ingressClass = claim.ingressClass, case .policy(let wish)? = classes[ingressClass], let place = names.place(of: wish) {
            return place
        }
        return 0
    }
}
