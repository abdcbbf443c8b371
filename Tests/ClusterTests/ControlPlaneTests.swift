import TestKit
import Testing

extension ClusterTests {
    @Suite("The test cluster") struct ControlPlaneTests {
        @Test func `a ServiceAccount's token has the rights of its role and no more`() async throws {
            let cluster = try await KubernetesControlPlane.shared()
            try await cluster.apply(
                """
                apiVersion: v1
                kind: Namespace
                metadata: {name: tokens}
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: reader, namespace: tokens}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: reader, namespace: tokens}
                rules: [{apiGroups: [""], resources: [services], verbs: [list]}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: reader, namespace: tokens}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
                subjects: [{kind: ServiceAccount, name: reader, namespace: tokens}]
                """)
            let kubeconfig = try cluster.writeKubeconfig("reader", token: await cluster.token(of: "reader", in: "tokens"))
            let allowed = try await cluster.kubectl(["get", "services", "--namespace", "tokens"], kubeconfig: kubeconfig)
            #expect(allowed.status == 0, "\(allowed.output)")
            let refused = try await cluster.kubectl(["get", "secrets", "--namespace", "tokens"], kubeconfig: kubeconfig)
            #expect(refused.status != 0 && refused.output.contains("Forbidden"), "\(refused.output)")
        }

        @Test func `what was written is there after the API server has crashed, and a relay can be cut from it`() async throws {
            let cluster = try await KubernetesControlPlane()
            try await cluster.expectKubectl("create", "namespace", "kept")
            await cluster.stopAPIServer()
            let away = try await cluster.kubectl(["get", "namespace", "kept", "--request-timeout", "2s"])
            #expect(away.status != 0)
            try await cluster.startAPIServer()
            try await cluster.expectKubectl("get", "namespace", "kept")

            try await cluster.expectKubectl("create", "serviceaccount", "far", "--namespace", "kept")
            let relay = try await NetworkRelay(to: cluster.port)
            let kubeconfig = try cluster.writeKubeconfig(
                "far", token: await cluster.token(of: "far", in: "kept"), server: "https://127.0.0.1:\(relay.port)")
            let question = ["auth", "whoami", "--request-timeout", "5s"]
            #expect(try await cluster.kubectl(question, kubeconfig: kubeconfig).output.contains("system:serviceaccount:kept:far"))
            await relay.cut()
            #expect(try await cluster.kubectl(question, kubeconfig: kubeconfig).status != 0)
            try await relay.mend()
            #expect(try await cluster.kubectl(question, kubeconfig: kubeconfig).status == 0)
            relay.stall()
            #expect(try await cluster.kubectl(question, kubeconfig: kubeconfig).status != 0)
        }
    }
}
