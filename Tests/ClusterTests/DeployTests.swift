import Foundation
import TestKit
import Testing

extension ClusterTests {
    /// What `deploy/` says is what a real API server takes.
    @Suite("deploy/") struct DeployTests {
        @Test(arguments: ["all-in-one", "split", "namespaced"])
        func `every base is applied, server-side and client-side, without a warning`(base: String) async throws {
            let deployed = try await Deployed.apply(base)
            let folder = Deployed.root + "deploy/" + base
            for how in [["--server-side", "--force-conflicts"], []] {
                let answer = try await deployed.cluster.kubectl(["apply", "-k", folder, "--dry-run=server", "--validate=strict"] + how)
                #expect(answer.status == 0, "\(answer.output)")
                let warnings = answer.output.split(separator: "\n").filter {
                    $0.contains("Warning") && !$0.contains("last-applied-configuration")
                }
                #expect(warnings.isEmpty, "\(warnings)")
            }
        }

        @Test(arguments: [
            ("all-in-one", ["certctl"]), ("split", ["certctl-controller", "certctl-proxy"]), ("namespaced", ["certctl"]),
        ])
        func `the Pods are admitted where the restricted profile is enforced, and have what an operator expects`(
            base: String, deployments: [String]
        ) async throws {
            let deployed = try await Deployed.apply(base)
            try await deployed.cluster.expectKubectl(
                "label", "namespace", deployed.namespace, "pod-security.kubernetes.io/enforce=restricted", "--overwrite")
            for name in deployments {
                var pod = try await podTemplate(of: name, in: deployed)
                let admitted = try await create(pod, in: deployed)
                #expect(admitted.status == 0, "\(name): \(admitted.output)")
                #expect(!admitted.output.contains("Warning"), "\(admitted.output)")

                // The profile really is enforced: the same Pod with one right more is not admitted.
                var spec = try #require(pod["spec"] as? [String: Any])
                var containers = try #require(spec["containers"] as? [[String: Any]])
                let container = containers[0]
                containers[0]["securityContext"] = ["allowPrivilegeEscalation": true]
                spec["containers"] = containers
                pod["spec"] = spec
                let refused = try await create(pod, in: deployed)
                #expect(refused.status != 0 && refused.output.contains("violates PodSecurity"), "\(refused.output)")

                for field in ["livenessProbe", "readinessProbe", "startupProbe", "resources"] {
                    #expect(container[field] != nil, "\(field)")
                }
                let context = try #require(container["securityContext"] as? [String: Any])
                #expect(context["readOnlyRootFilesystem"] as? Bool == true)
            }
        }

        @Test(arguments: [("all-in-one", "certctl"), ("split", "certctl-proxy")])
        func `a Pod has time to drain before it is killed`(base: String, deployment: String) async throws {
            let deployed = try await Deployed.apply(base)
            let pod = try await podTemplate(of: deployment, in: deployed)
            let spec = try #require(pod["spec"] as? [String: Any])
            let grace = try #require(spec["terminationGracePeriodSeconds"] as? Int)
            let container = try #require((spec["containers"] as? [[String: Any]])?.first)
            let stop = (container["lifecycle"] as? [String: [String: [String: Int]]])?["preStop"]?["sleep"]?["seconds"]
            let drain = try await deployed.arguments(of: deployment).first { $0.hasPrefix("--drain-seconds=") }
                .flatMap { Int($0.dropFirst("--drain-seconds=".count)) }
            #expect(try #require(stop) + #require(drain) < grace)
        }

        @Test(arguments: ["issuer-status", "certificates"], ["all-in-one", "split", "namespaced"])
        func `a component adds its flag to what issues, and its rights`(component: String, base: String) async throws {
            let deployed = try await Deployed.apply(base)
            let folder = try Deployed.overlay(of: base, components: [component])
            let text = try await deployed.cluster.expectKubectl("kustomize", folder.path)
            #expect(text.split(separator: "\n").filter { $0.contains("- --\(component)") }.count == 1)
            #expect(text.contains(component == "certificates" ? "- certificates/status" : "- issuers/status"))
            let answer = try await deployed.cluster.kubectl([
                "apply", "--server-side", "--force-conflicts", "--dry-run=server", "-k", folder.path,
            ])
            #expect(answer.status == 0, "\(answer.output)")
        }

        @Test func `the load balancer never leads to the admin port`() async throws {
            let deployed = try await Deployed.apply("all-in-one")
            let ports = try await deployed.cluster.expectKubectl(
                "get", "service", "certctl", "--namespace", deployed.namespace, "--output", "jsonpath={.spec.ports[*].targetPort}")
            #expect(Set(ports.split(separator: " ")) == ["http", "https"])
        }

        private func podTemplate(of deployment: String, in deployed: Deployed) async throws -> [String: Any] {
            let text = try await deployed.cluster.expectKubectl(
                "get", "deployment", deployment, "--namespace", deployed.namespace, "--output", "jsonpath={.spec.template}")
            var pod = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            var metadata = try #require(pod["metadata"] as? [String: Any])
            metadata["name"] = deployment
            pod["metadata"] = metadata
            pod["apiVersion"] = "v1"
            pod["kind"] = "Pod"
            return pod
        }

        private func create(_ pod: [String: Any], in deployed: Deployed) async throws -> (status: Int32, output: String) {
            let folder = try TemporaryFolder("certctl-pod")
            try folder.write(String(decoding: JSONSerialization.data(withJSONObject: pod), as: UTF8.self), to: "pod.json")
            return try await deployed.cluster.kubectl([
                "create", "--dry-run=server", "--namespace", deployed.namespace, "-f", folder.path + "/pod.json",
            ])
        }
    }
}
