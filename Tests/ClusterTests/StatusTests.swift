import FoundationEssentials
import TestKit
import Testing

extension ClusterTests {
    /// `certctl status` and `certctl inspect` with the rights of somebody who may only look.
    @Suite("Status with rights to read") struct StatusTests {
        private static let namespace = "looked-at"

        private static let rights = """
            - {apiGroups: [networking.k8s.io], resources: [ingresses, ingressclasses], verbs: [get, list, watch]}
            - {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch]}
            - {apiGroups: [cert-manager.io], resources: [issuers, clusterissuers, certificates], verbs: [get, list, watch]}
            - {apiGroups: [""], resources: [services, configmaps, namespaces, events], verbs: [get, list, watch]}
            """
        private static let secrets = #"- {apiGroups: [""], resources: [secrets], verbs: [get, list, watch]}"#

        /// A ServiceAccount with a role: everywhere, or in the namespace only.
        private func account(_ name: String, isEverywhere: Bool, rules: String...) -> String {
            let (role, binding) = isEverywhere ? ("ClusterRole", "ClusterRoleBinding") : ("Role", "RoleBinding")
            let place = isEverywhere ? "" : ", namespace: \(Self.namespace)"
            return """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: \(name), namespace: \(Self.namespace)}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: \(role)
                metadata: {name: \(Self.namespace)-\(name)\(place)}
                rules:
                \(rules.joined(separator: "\n"))
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: \(binding)
                metadata: {name: \(Self.namespace)-\(name)\(place)}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: \(role), name: \(Self.namespace)-\(name)}
                subjects: [{kind: ServiceAccount, name: \(name), namespace: \(Self.namespace)}]
                """
        }

        private func site(_ cluster: KubernetesControlPlane, _ folder: TemporaryFolder) async throws {
            let made = try await ChildProcess.run(
                [
                    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                    "/CN=looked-at.example.test", "-addext", "subjectAltName=DNS:looked-at.example.test", "-keyout",
                    folder.path + "/tls.key",
                    "-out", folder.path + "/tls.crt",
                ], in: folder)
            #expect(made.status == 0, "\(made.output)")
            try await cluster.apply(
                Text.documents(
                    Text.namespace(Self.namespace), Text.ingressClass(Self.namespace),
                    account("reader", isEverywhere: true, rules: Self.rights, Self.secrets),
                    account("narrow", isEverywhere: false, rules: Self.rights, Self.secrets),
                    account("blind", isEverywhere: true, rules: Self.rights),
                    """
                    apiVersion: v1
                    kind: Service
                    metadata: {name: echo, namespace: \(Self.namespace)}
                    spec: {type: ExternalName, externalName: localhost, ports: [{name: http, port: 80}]}
                    ---
                    apiVersion: networking.k8s.io/v1
                    kind: Ingress
                    metadata: {name: shop, namespace: \(Self.namespace)}
                    spec:
                      ingressClassName: \(Self.namespace)
                      tls: [{hosts: [looked-at.example.test], secretName: shop-tls}]
                      rules: [{host: looked-at.example.test, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: echo, port: {number: 80}}}}]}}]
                    ---
                    apiVersion: v1
                    kind: Event
                    metadata: {name: shop.1, namespace: \(Self.namespace)}
                    involvedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: shop, namespace: \(Self.namespace)}
                    type: Warning
                    reason: Failed
                    message: somebody said something
                    count: 3
                    lastTimestamp: "2026-01-02T03:04:05Z"
                    source: {component: test}
                    """))
            try await cluster.expectKubectl(
                "create", "secret", "tls", "shop-tls", "--namespace", Self.namespace, "--cert", folder.path + "/tls.crt", "--key",
                folder.path + "/tls.key")
        }

        @Test func `looking takes the rights to get, list and watch, and a namespace of one's own is enough`() async throws {
            let cluster = try await KubernetesControlPlane.shared()
            let folder = try TemporaryFolder("certctl-status")
            try await site(cluster, folder)
            func certctl(_ account: String, _ arguments: String...) async throws -> (status: Int32, output: String) {
                let kubeconfig = try cluster.writeKubeconfig(
                    "status-\(account)", token: await cluster.token(of: account, in: Self.namespace))
                return try await ChildProcess.run(
                    [Replica.program] + arguments
                        + [
                            "--kubeconfig", kubeconfig, "--controller-name", "certctl.dev/\(Self.namespace)", "--ingress-class",
                            Self.namespace,
                        ],
                    in: folder)
            }
            for arguments in [["reader", "-A"], ["narrow", "--namespace=\(Self.namespace)"]] {
                let all = try await certctl(arguments[0], "status", arguments[1])
                #expect(all.status == 0 && all.output.contains("looked-at.example.test"), "\(arguments): \(all.output)")
                #expect(all.output.contains("no server was asked"), "\(all.output)")
            }
            let story = try await certctl("reader", "status", "looked-at.example.test")
            #expect(story.status == 0, "\(story.output)")
            for part in [
                "Ingress looked-at/shop", "Secret looked-at/shop-tls", "CN=looked-at.example.test", "Failed (3 times)",
                "somebody said something",
            ] {
                #expect(story.output.contains(part), "\(part): \(story.output)")
            }
            let secret = try await certctl("reader", "inspect", "secret/\(Self.namespace)/shop-tls", "--ca-file", folder.path + "/tls.crt")
            #expect(secret.status == 0 && secret.output.hasPrefix("it holds"), "\(secret.output)")

            let blind = try await certctl("blind", "status")
            #expect(blind.status == 1 && blind.output.contains("secrets") && blind.output.contains("--server"), "\(blind.output)")

            let requests = try cluster.auditedRequests().filter { $0.serviceAccount == "\(Self.namespace):reader" }
            #expect(!requests.isEmpty)
            #expect(requests.allSatisfy { ["get", "list", "watch"].contains($0.verb) && $0.status < 400 }, "\(requests)")
        }
    }
}
