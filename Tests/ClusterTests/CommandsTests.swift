import Foundation
import TestKit
import Testing

extension ClusterTests {
    /// What an operator does from a laptop, with a kubeconfig and nothing else.
    @Suite("Commands by kubeconfig", .enabled(if: Pebble.isInstalled, "pebble is not installed")) struct CommandsTests {
        /// A person who may do what docs/issuing.md asks for, and nothing else.
        private static func operatorKubeconfig(_ site: ClusterSite) async throws -> String {
            let cluster = site.deployed.cluster
            let namespace = site.deployed.namespace
            try await cluster.apply(
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: operator, namespace: \(site.namespace)}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: certctl-operator, namespace: \(namespace)}
                rules: [{apiGroups: [""], resources: [secrets], verbs: [create, get, delete]}]
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: certctl-operator, namespace: \(namespace)}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: certctl-operator}
                subjects: [{kind: ServiceAccount, name: operator, namespace: \(site.namespace)}]
                """)
            return try cluster.writeKubeconfig("operator", token: await cluster.token(of: "operator", in: site.namespace))
        }

        private struct Revocation: Decodable {
            struct Replacement: Decodable { let outcome: String }
            let serialNumber: String
            let replacement: Replacement?
        }
        private struct Accounts: Decodable { let accounts: [Account] }
        private struct Account: Decodable {
            let issuer, state, keySecret: String
            let keyThumbprint: String?
            let certificates: [String]
        }
        private struct Check: Decodable {
            struct Finding: Decodable { let host, check, status, message: String }
            let findings: [Finding]
        }
        private struct Renewals: Decodable {
            struct Item: Decodable { let secret, outcome: String }
            let items: [Item]
        }

        private func certctl(_ arguments: [String], _ kubeconfig: String, _ site: ClusterSite) async throws -> (
            status: Int32, output: String
        ) {
            try await ChildProcess.run([Replica.program] + arguments + ["--kubeconfig", kubeconfig], in: site.folder)
        }

        private func decoded<Value: Decodable>(_ type: Value.Type, _ answer: (status: Int32, output: String)) throws -> Value {
            do { return try JSONDecoder().decode(type, from: Data(answer.output.utf8)) } catch {
                Issue.record("not the JSON that was expected: \(answer.output)")
                throw error
            }
        }

        private func requests(_ site: ClusterSite) async throws -> String {
            try await site.deployed.cluster.expectKubectl(
                "get", "secrets", "--namespace", site.deployed.namespace, "--selector", "certctl.dev/role=operation", "--output", "name")
        }

        @Test func `check, account, revoke and renew reach the leader through the API server, and leave nothing behind`() async throws {
            let site = try await ClusterSite("all-in-one")
            let replicas = try await site.start(2)
            let host = "shop.\(site.name).test"
            try await site.applyIngress("shop", hosts: [host])
            try await site.expectServed([host], by: replicas)
            let kubeconfig = try await Self.operatorKubeconfig(site)
            let issuer = "ClusterIssuer/\(site.name)"

            let shown = try decoded(Accounts.self, try await certctl(["account", "show", issuer, "-o", "json"], kubeconfig, site))
            #expect(shown.accounts.map(\.state) == ["valid"])
            #expect(shown.accounts.first?.certificates == ["\(site.namespace)/shop-tls"])

            // What a laptop sees of ports and DNS is not what this is about.
            let check = try decoded(
                Check.self, try await certctl(["check", "\(site.namespace)/shop", "-o", "json"], kubeconfig, site))
            for line in ["policy", "budget", "solver", "secret", "rights", "issuer"] {
                let finding = check.findings.first { $0.check == line }
                #expect(finding?.status == "good", "\(line): \(finding?.message ?? "missing")")
            }

            let rolled = try decoded(Account.self, try await certctl(["account", "rollover", issuer, "-o", "json"], kubeconfig, site))
            #expect(rolled.state == "valid" && rolled.keyThumbprint != shown.accounts.first?.keyThumbprint)

            let before = try await site.serial(of: host, at: replicas[0])
            let revoked = try decoded(
                Revocation.self,
                try await certctl(
                    ["revoke", "\(site.namespace)/shop-tls", "--reason", "superseded", "--yes", "--wait", "-o", "json"], kubeconfig, site))
            #expect(before.lowercased().contains("=\(revoked.serialNumber.lowercased())"), "\(before) \(revoked.serialNumber)")
            #expect(revoked.replacement?.outcome == "issued")

            // The Secret of another namespace is not the operator's to annotate, and says so.
            let refused = try await certctl(["renew", "\(site.namespace)/shop-tls"], kubeconfig, site)
            #expect(refused.status == 1 && refused.output.contains("forbidden"), "\(refused.output)")
            let admin = site.deployed.cluster.administrator
            let renewed = try await certctl(["renew", "\(site.namespace)/shop-tls", "--wait", "-o", "json"], admin, site)
            #expect(try decoded(Renewals.self, renewed).items.map(\.outcome) == ["issued"])
            let due = try await certctl(["renew", "--all-due", "--wait", "-o", "json"], kubeconfig, site)
            #expect(due.status == 0, "\(due.output)")

            let asked = try await certctl(["account", "deactivate", issuer], kubeconfig, site)
            #expect(asked.status == 1 && asked.output.contains("\(site.namespace)/shop-tls") && asked.output.contains("--yes"))
            let ended = try decoded(
                Account.self, try await certctl(["account", "deactivate", issuer, "--yes", "-o", "json"], kubeconfig, site))
            #expect(ended.state == "deactivated")
            let again = try await certctl(["account", "rollover", issuer], kubeconfig, site)
            #expect(again.status == 1 && again.output.contains("deactivated"), "\(again.output)")
            #expect(try await requests(site).isEmpty)
        }

        @Test func `check says which right is missing for the token of a ServiceAccount that a solver names`() async throws {
            let site = try await ClusterSite("all-in-one")
            let replicas = try await site.start(1)
            let bundle = Data(site.pebble.tlsRootPEM).base64EncodedString()
            let account = "serviceAccountRef: {name: dns-\(site.name)}"
            try await site.deployed.cluster.apply(
                Text.documents(
                    """
                    apiVersion: cert-manager.io/v1
                    kind: ClusterIssuer
                    metadata: {name: "\(site.name)-cloud"}
                    spec:
                      acme:
                        server: \(site.pebble.directoryURL)
                        caBundle: \(bundle)
                        privateKeySecretRef: {name: \(site.name)-cloud}
                        solvers: [{dns01: {route53: {region: eu-central-1, role: "arn:aws:iam::1:role/x", auth: {kubernetes: {\(account)}}}}}]
                    """, Text.ingress("cloud", hosts: ["cloud.\(site.name).test"], in: site, issuer: "\(site.name)-cloud")))
            let kubeconfig = try await Self.operatorKubeconfig(site)
            var solver: Check.Finding?
            let isTold = try await eventually(within: .seconds(30)) {
                let answer = try await certctl(["check", "\(site.namespace)/cloud", "-o", "json"], kubeconfig, site)
                solver = try? JSONDecoder().decode(Check.self, from: Data(answer.output.utf8)).findings.first { $0.check == "solver" }
                return solver != nil
            }
            #expect(isTold, "\(replicas.map { $0.process.output.suffix(2000) })")
            let words = "create serviceaccounts/token \(site.deployed.namespace)/dns-\(site.name)"
            #expect(
                solver?.status == "bad" && solver?.message.contains(words) == true && solver?.message.contains("403") == true,
                "\(solver as Any)")
        }

        @Test func `a request that another process had begun is not begun again, and one that says nothing is refused`() async throws {
            let site = try await ClusterSite("all-in-one")
            let replicas = try await site.start(1)
            let namespace = site.deployed.namespace
            let request = Data(#"{"isOperation":true,"path":"/api/v1/account/deactivate","query":"","body":"{\"confirmed\":true}"}"#.utf8)
            for (name, annotation, content) in [
                ("certctl-operation-begun", "certctl.dev/operation-worker: somebody-else", request.base64EncodedString()),
                ("certctl-operation-empty", "x.test/y: z", Data("{".utf8).base64EncodedString()),
            ] {
                try await site.deployed.cluster.apply(
                    """
                    apiVersion: v1
                    kind: Secret
                    metadata:
                      name: \(name)
                      namespace: \(namespace)
                      labels: {app.kubernetes.io/managed-by: certctl, certctl.dev/role: operation}
                      annotations: {\(annotation)}
                    data: {request.json: \(content)}
                    """)
            }
            for (name, words) in [("certctl-operation-begun", "ended or lost the lead"), ("certctl-operation-empty", "cannot be read")] {
                var answer = ""
                let isAnswered = try await eventually(within: .seconds(30)) {
                    let text = try await site.deployed.cluster.expectKubectl(
                        "get", "secret", name, "--namespace", namespace, "--output", "jsonpath={.data.answer\\.json}")
                    answer = String(decoding: Data(base64Encoded: text) ?? Data(), as: UTF8.self)
                    return !answer.isEmpty
                }
                #expect(isAnswered && answer.contains(words), "\(name): \(answer) \(replicas.map { $0.process.output.suffix(2000) })")
                try await site.deployed.cluster.expectKubectl("delete", "secret", name, "--namespace", namespace)
            }
            #expect(site.pebble.accountCount == 0)
        }
    }
}
