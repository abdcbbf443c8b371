import Foundation
import TestKit
import Testing

@Suite("End to end: policies", .serialized) struct PolicyTests {
    let site: Site

    init() throws { site = try Site() }

    private static func policy(_ name: String, _ spec: String) -> String {
        "apiVersion: certctl.dev/v1alpha1\nkind: IssuancePolicy\nmetadata: {name: \(name)}\nspec: {\(spec)}\n"
    }

    private var policies: String { site.folder.path + "/policies" }

    private func ingress(_ host: String) throws {
        try site.write(
            Text.documents(
                Text.ingressClass, Text.selfSignedIssuer("self"), Text.ingress("a", hosts: [host], secret: "a-tls", issuer: "self")),
            to: "all.yaml")
    }

    private func has(_ problem: String, _ server: Server) async throws -> Bool {
        try await site.status(server).report.problems.contains { $0.subject == "policies" && $0.message.contains(problem) }
    }

    @Test func `policies of a folder are followed, and wrong ones change nothing`() async throws {
        try ingress("b.localhost")
        try site.folder.write(Self.policy("a", "allowed: {dnsNames: [a.localhost]}"), to: "policies/a.yaml")
        let server = try site.serve(["--policies", policies])
        #expect(try await site.waitForStates(["blocked"], count: 1, of: server), "\(server.process.output)")
        let denied = try await site.status(server).report.certificates[0]
        #expect(denied.message == "PolicyDenied: no policy allows it: policy a: dnsNames: got b.localhost, allowed is a.localhost")
        // Without a server the answer is the same: it has written down where its policies are.
        try site.folder.write(Self.policy("b", "allowed: {dnsNames: [b.localhost]}"), to: "policies/b.yaml")
        #expect(try await site.waitForStates(["valid"], count: 1, of: server), "\(server.process.output)")

        try site.folder.write(Self.policy("a", "alowed: {dnsNames: [a.localhost]}"), to: "policies/a.yaml")
        #expect(try await eventually { try await has("policies/a.yaml, document 1, line 4", server) })
        try ingress("c.localhost")
        #expect(try await site.waitForStates(["blocked"], count: 1, of: server))
        try ingress("b.localhost")
        #expect(try await site.waitForStates(["valid"], count: 1, of: server))
        try site.folder.write(Self.policy("a", "allowed: {dnsNames: [c.localhost]}"), to: "policies/a.yaml")
        #expect(try await eventually { try await !has("", server) })
        try ingress("c.localhost")
        #expect(try await site.waitForStates(["valid"], count: 1, of: server))
        try FileManager.default.removeItem(atPath: policies)
        #expect(try await eventually { try await has("is not there", server) })
    }

    @Test func `nothing starts with policies that are wrong`() async throws {
        try ingress("a.localhost")
        try site.folder.write(Self.policy("a", "default: no"), to: "policies/a.yaml")
        let server = try site.serve(["--policies", policies])
        #expect(await server.process.end(within: .seconds(20)) == .exited(1))
        #expect(server.process.output.contains("policies/a.yaml, document 1, line 4"), "\(server.process.output)")
    }

    private static func configMap(_ policy: String, namespace: String) -> String {
        let lines = policy.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        return """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: p, namespace: \(namespace), labels: {certctl.dev/policies: "true"}}
            data:
              p.yaml: |
            \(lines)
            """
    }

    @Test func `ConfigMaps have policies in one namespace only; none is issued until they can be read`() async throws {
        try ingress("a.localhost")
        // Whoever writes into another namespace makes no policies.
        try site.write(Self.configMap(Self.policy("x", "default: deny"), namespace: "web"), to: "web.yaml")
        try site.write(Self.configMap(Self.policy("x", "default: dny"), namespace: "certctl-system"), to: "policies.yaml")
        let server = try site.serve()
        #expect(try await site.waitForStates(["blocked"], count: 1, of: server), "\(server.process.output)")
        #expect(try await has("ConfigMap certctl-system/p, p.yaml, document 1, line 4", server))
        try site.write(
            Self.configMap(Self.policy("x", "allowed: {dnsNames: [a.localhost]}"), namespace: "certctl-system"), to: "policies.yaml")
        #expect(try await site.waitForStates(["valid"], count: 1, of: server))
        #expect(try await !has("", server))
    }

    @Test func `policy test explains, and says it by the exit status`() async throws {
        let tenants = Site.root + "policies/issuance/tenants.yaml"
        let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: web, labels: {tenant: blue}}"
        let le = Text.ingress("a", hosts: ["x.blue.example.com"], secret: "a-tls", issuer: "letsencrypt")
        try site.folder.write(Text.documents(namespace, le), to: "allowed.yaml")
        let file = site.folder.path + "/allowed.yaml"
        let allowed = try await site.certctl("policy", "test", "-f", file, "--policies", tenants)
        #expect(allowed.status == 0 && allowed.output.contains("policy tenant-blue allows it"), "\(allowed.output)")
        try site.folder.write(le, to: "allowed.yaml")
        let unknown = try await site.certctl("policy", "test", "-f", file, "--policies", tenants)
        #expect(unknown.status == 1 && unknown.output.contains("labels of namespace web are not known"), "\(unknown.output)")
        let own = le.replacingOccurrences(of: "x.blue.example.com", with: "login.example.com")
        try site.folder.write(Text.documents(namespace, own), to: "allowed.yaml")
        let denied = try await site.certctl("policy", "test", "-f", file, "--policies", tenants, "-o", "json")
        #expect(denied.status == 1)
        struct Report: Decodable {
            struct Certificate: Decodable {
                struct Explanation: Decodable { let isAllowed: Bool, summary: String }
                let explanation: Explanation
            }
            let isAllowed: Bool
            let certificates: [Certificate]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(denied.output.utf8))
        #expect(!report.isAllowed && report.certificates.count == 1)
        #expect(report.certificates[0].explanation.summary.contains("logins are served by the platform team"))
        // The shipped default.
        let permissive = try await site.certctl("policy", "test", "-f", file)
        #expect(permissive.status == 0 && permissive.output.contains("policy permissive allows it"), "\(permissive.output)")
        let nothing = try await site.certctl("policy", "test", "-f", tenants)
        #expect(nothing.status == 1 && nothing.output.contains("nothing asks for a certificate"), "\(nothing.output)")
        let missing = try await site.certctl("policy", "test", "-f", file, "--policies", site.folder.path + "/no")
        #expect(missing.status == 1 && missing.output.contains("--policies") && missing.output.contains("is not there"))
    }
}

@Suite("End to end: limits of CAs", .serialized) struct CALimitsEndToEndTests {
    let site: Site

    init() throws { site = try Site() }

    private static let directory = "https://ca.example.com/directory"

    private static func limits(_ count: String) -> String {
        """
        apiVersion: certctl.dev/v1alpha1
        kind: CALimits
        metadata: {name: ours}
        spec:
          servers: ["\(directory)"]
          limits:
            - {name: orders, counts: orders, per: account, count: \(count), window: 1h}

        """
    }

    private static func configMap(_ count: String) -> String {
        let lines = limits(count).split(separator: "\n").map { "    " + $0 }.joined(separator: "\n")
        return """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: limits, namespace: certctl-system, labels: {certctl.dev/policies: "true"}}
            data:
              limits.yaml: |
            \(lines)
            """
    }

    private struct Budgets: Decodable {
        struct Entry: Decodable { let limit, directory: String, account: String?, used, allowed: Int }
        let entries: [Entry]
    }

    /// What the admin API says that the account may order in an hour; nil when nothing limits it.
    private func allowed(_ server: Server) async throws -> Int? {
        guard let admin = server.admin else { return nil }
        let answer = try await ChildProcess.run(
            ["curl", "-sS", "--fail", "--noproxy", "*", "http://\(admin)/api/v1/budgets"], in: site.folder)
        let entries = try JSONDecoder().decode(Budgets.self, from: Data(answer.output.utf8)).entries
        return entries.first { $0.directory == Self.directory && $0.account == "certctl-system/ours" && $0.limit == "orders" }?.allowed
    }

    private func becomes(_ count: Int?, _ server: Server) async throws -> Bool {
        try await eventually(within: .seconds(60)) { server.admin != nil ? try await allowed(server) == count : false }
    }

    private func problem(_ text: String, _ server: Server) async throws -> Bool {
        try await eventually(within: .seconds(60)) {
            try await site.status(server).report.problems.contains { $0.subject == "policies" && $0.message.contains(text) }
        }
    }

    @Test func `limits of a folder and of a ConfigMap are followed, and a wrong one changes nothing`() async throws {
        let issuer = """
            apiVersion: cert-manager.io/v1
            kind: ClusterIssuer
            metadata: {name: ours}
            spec: {acme: {server: "\(Self.directory)", privateKeySecretRef: {name: ours}}}
            """
        try site.write(issuer, to: "all.yaml")
        try site.folder.write(Self.limits("7"), to: "policies/limits.yaml")
        let server = try site.serve(["--policies", site.folder.path + "/policies"])
        #expect(try await becomes(7, server), "\(server.process.output)")
        try site.folder.write(Self.limits("8"), to: "policies/limits.yaml")
        #expect(try await becomes(8, server))
        // Refused whole, with the line.
        try site.folder.write(Self.limits("many"), to: "policies/limits.yaml")
        #expect(try await problem("policies/limits.yaml, document 1, line 7", server))
        #expect(try await allowed(server) == 8)
        try site.folder.write("", to: "policies/limits.yaml")
        #expect(try await becomes(nil, server))

        try site.write(Self.configMap("9"), to: "limits.yaml")
        #expect(try await becomes(9, server))
        try site.write(Self.configMap("0"), to: "limits.yaml")
        #expect(try await problem("ConfigMap certctl-system/limits, limits.yaml, document 1, line 7", server))
        #expect(try await allowed(server) == 9)
        try site.write(Self.configMap("10"), to: "limits.yaml")
        #expect(try await becomes(10, server))
    }
}
