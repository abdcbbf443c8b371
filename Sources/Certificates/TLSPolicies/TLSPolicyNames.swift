internal import Core
internal import Policies

/// The policies that are known by name, and the places of those in use in a table.
struct TLSPolicyNames {
    private var policies: TLSPolicySet
    /// Policies in use that the set lacks.
    private var withdrawn: [String: TLSPolicy] = [:]
    private var places: [String: Int]
    /// The first is the default.
    private(set) var inUse: [TLSPolicy]

    init(_ policies: TLSPolicySet, profile: TLSPolicy) {
        self.policies = policies
        places = [profile.name: 0]
        inUse = [profile]
    }

    /// All names, sorted.
    var known: [String] { Set(policies.names).union(withdrawn.keys).sorted() }

    func isKnown(_ name: String) -> Bool { policies[name] != nil || withdrawn[name] != nil || places[name] != nil }

    /// The place of a policy; nil when there is no such policy.
    mutating func place(of name: String) -> Int? {
        if let place = places[name] { return place }
        guard let policy = policies[name] ?? withdrawn[name] else { return nil }
        inUse.append(policy)
        places[name] = inUse.count - 1
        return inUse.count - 1
    }

    /// Takes over another set. What is in use and not in it stays.
    mutating func adopt(_ policies: TLSPolicySet) {
        let old = inUse
        self.policies = policies
        withdrawn = [:]
        for policy in old where policies[policy.name] == nil { withdrawn[policy.name] = policy }
        let profile = policies[old[0].name] ?? old[0]
        inUse = [profile]
        places = [profile.name: 0]
    }

    /// - Parameter used: the places that hosts have.
    func problems(used: Set<Int>) -> [TLSPolicyProblem] {
        withdrawn.keys.filter { places[$0].map { $0 == 0 || used.contains($0) } ?? false }.map { name in
            TLSPolicyProblem(
                code: .withdrawnPolicy, ingress: nil, host: nil,
                message:
                    "TLS policy \"\(name.oneLine(bytesMax: 64))\" is in use and not defined any more; its last definition stays in force")
        }
    }
}
