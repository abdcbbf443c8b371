import FoundationEssentials
import TestKit

/// One thing that a ServiceAccount may do, or did: a verb on a resource.
struct Right: Hashable, Comparable, CustomStringConvertible {
    let verb, group, resource: String

    init(_ verb: String, _ group: String, _ resource: String) {
        self.verb = verb
        self.group = group
        self.resource = resource
    }

    var description: String { "\(verb) \(resource)\(group.isEmpty ? "" : ".")\(group)" }

    static func < (left: Right, right: Right) -> Bool { (left.resource, left.verb) < (right.resource, right.verb) }

    /// Each verb on each resource.
    static func all(_ verbs: [String], _ group: String, _ resources: [String]) -> Set<Right> {
        Set(resources.flatMap { resource in verbs.map { Right($0, group, resource) } })
    }
}

extension Deployed {
    /// Everything that the base's own roles allow a ServiceAccount; what every account may do (discovery, asking for its rights) left out.
    func rights(of serviceAccount: String) async throws -> Set<Right> {
        let bindings = try await items("clusterrolebindings") + items("rolebindings", in: namespace)
        var rights: Set<Right> = []
        for binding in bindings where binding.subjects?.contains(where: { $0.name == serviceAccount && $0.namespace == namespace }) == true
        {
            guard let role = binding.roleRef else { continue }
            let place = role.kind == "Role" ? ["--namespace", namespace] : []
            let text = try await cluster.kubectl(["get", role.kind, role.name, "--output", "json"] + place).output
            for rule in try JSONDecoder().decode(Item.self, from: Data(text.utf8)).rules ?? [] {
                for group in rule.apiGroups { rights.formUnion(Right.all(rule.verbs, group, rule.resources)) }
            }
        }
        return rights
    }

    /// Everything that a ServiceAccount has asked for, and what of it was refused.
    func requests(of serviceAccount: String) throws -> (used: Set<Right>, refused: Set<Right>) {
        let all = try cluster.auditedRequests().filter { $0.serviceAccount == "\(namespace):\(serviceAccount)" }
        func rights(_ requests: [KubernetesControlPlane.AuditedRequest]) -> Set<Right> {
            Set(requests.map { Right($0.verb, $0.group, $0.resource) })
        }
        return (rights(all.filter { $0.status != 403 }), rights(all.filter { $0.status == 403 }))
    }

    private func items(_ kind: String, in namespace: String? = nil) async throws -> [Item] {
        let text = try await cluster.kubectl(["get", kind, "--output", "json"] + (namespace.map { ["--namespace", $0] } ?? [])).output
        return try JSONDecoder().decode(List.self, from: Data(text.utf8)).items
    }

    private struct List: Decodable {
        let items: [Item]
    }
    /// A role or a binding.
    private struct Item: Decodable {
        struct Subject: Decodable {
            let name: String
            let namespace: String?
        }
        struct Reference: Decodable {
            let kind, name: String
        }
        struct Rule: Decodable {
            let apiGroups, resources: [String]
            let verbs: [String]
        }
        let subjects: [Subject]?
        let roleRef: Reference?
        let rules: [Rule]?
    }
}
