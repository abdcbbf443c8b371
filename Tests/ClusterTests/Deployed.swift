import Foundation
import TestKit

/// A kustomization of `deploy/`, applied as its README says, and what it says about a process.
struct Deployed {
    /// The folder under `deploy/`.
    let base: String
    /// Where its Pods live.
    let namespace: String
    let cluster: KubernetesControlPlane

    /// The root of the source tree.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path(percentEncoded: false)

    /// Applies a base to the shared cluster, with components of `deploy/components` if they are named.
    static func apply(_ base: String, components: [String] = []) async throws -> Deployed {
        let cluster = try await KubernetesControlPlane.shared()
        if let folder = ProcessInfo.processInfo.environment["CERT_MANAGER_CRDS"], !folder.isEmpty {
            try await cluster.expectKubectl("apply", "--server-side", "-f", folder)
        } else {
            try await cluster.apply(Text.customResources)
        }
        for name in ["issuers", "clusterissuers", "certificates"] {
            try await cluster.expectKubectl(
                "wait", "--for", "condition=Established", "--timeout", "30s", "crd/\(name).cert-manager.io")
        }
        let namespace = base == "namespaced" ? "certctl" : "certctl-system"
        if base == "namespaced" { try await cluster.apply(Text.namespace(namespace)) }
        let overlay = try overlay(of: base, components: components)
        try await cluster.expectKubectl("apply", "--server-side", "--force-conflicts", "-k", overlay.path)
        // What a cloud's load balancer controller would write.
        try await cluster.expectKubectl(
            "patch", "service", "certctl", "--namespace", namespace, "--subresource", "status", "--type", "merge", "--patch",
            #"{"status": {"loadBalancer": {"ingress": [{"ip": "\#(loadBalancerAddress)"}]}}}"#)
        return Deployed(base: base, namespace: namespace, cluster: cluster)
    }

    /// A folder with a kustomization as a user writes it.
    static func overlay(of base: String, components: [String]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder("certctl-overlay")
        // Kustomize takes no absolute paths.
        let deploy = String(repeating: "../", count: folder.path.split(separator: "/").count) + root.dropFirst() + "deploy/"
        let added = components.map { "\(deploy)components/\($0)" }.joined(separator: ", ")
        try folder.write("resources: [\(deploy)\(base)]\ncomponents: [\(added)]\n", to: "kustomization.yaml")
        return folder
    }

    /// The address that ``apply(_:components:)`` gives the Service.
    static let loadBalancerAddress = "203.0.113.10"

    /// Lets the next holder of the Lease take it at once, whoever a test has killed.
    func dropLease() async throws {
        try await cluster.expectKubectl("delete", "lease", "certctl", "--namespace", namespace, "--ignore-not-found")
    }

    /// The identity of the replica that holds the Lease; empty when nobody does.
    func leaseHolder() async throws -> String {
        let answer = try await cluster.kubectl([
            "get", "lease", "certctl", "--namespace", namespace, "--ignore-not-found", "--output", "jsonpath={.spec.holderIdentity}",
        ])
        return answer.status == 0 ? answer.output : ""
    }

    /// The arguments of a Deployment's container, with the namespace of its Pods where `$(POD_NAMESPACE)` stands.
    func arguments(of deployment: String) async throws -> [String] {
        let text = try await cluster.expectKubectl(
            "get", "deployment", deployment, "--namespace", namespace, "--output", "jsonpath={.spec.template.spec.containers[0].args}")
        return try JSONDecoder().decode([String].self, from: Data(text.utf8))
            .map { $0.replacingOccurrences(of: "$(POD_NAMESPACE)", with: namespace) }
    }
}
