import Core
import FoundationEssentials
import KubernetesClient
import Logging
import Routing
import TestKit
import Testing

@testable import ClusterReporting

@Suite("Cluster reporter, against an API server") struct ClusterReporterTests {
    private static func publishing(_ addresses: String...) -> ClusterReporter.Settings {
        ClusterReporter.Settings(
            ingressStatus: IngressStatusPlanner(source: .addresses(addresses), ingressClasses: IngressClassPolicy()))
    }

    @Test func `an issuance is told on its Ingress, once, also when the leader comes back`() async throws {
        let bench = try await ReporterBench(.init())
        bench.server.put(Text.issuer())
        bench.server.put(Text.ingress("web"))
        try await bench.running {
            try await bench.eventually { bench.events.count == 2 }
            #expect(bench.events == ["Ingress web Issuing", "Ingress web Issued"])
            bench.leadership.set(false)
            try await bench.eventually { await bench.reporter.told == nil }
            bench.leadership.set(true)
            bench.server.put(Text.ingress("other", secret: "second"))
            try await bench.eventually { bench.events.count == 4 }
            #expect(bench.events.suffix(2) == ["Ingress other Issuing", "Ingress other Issued"])
        }
    }

    @Test func `what is wrong with an Ingress is told`() async throws {
        let bench = try await ReporterBench(.init())
        bench.server.put(Text.issuer())
        bench.server.put(Text.ingress("web", hosts: "under_score.example"))
        try await bench.running {
            try await bench.eventually { bench.events == ["Ingress web BadConfig"] }
            let event = try #require(bench.server.objects(.events).first)
            #expect(event["type"]?.text == "Warning" && event["note"]?.text?.contains("under_score.example") == true)
        }
    }

    @Test func `served Ingresses show the addresses, others are not touched`() async throws {
        let bench = try await ReporterBench(Self.publishing("192.0.2.1", "edge.example"))
        bench.server.put(Text.ingress("web"))
        bench.server.put(Text.ingress("foreign", className: "nginx"))
        try await bench.running {
            try await bench.eventually { bench.addresses("web") == ["192.0.2.1", "edge.example"] }
            bench.server.put(Text.ingress("late"))
            try await bench.eventually { !bench.addresses("late").isEmpty }
            #expect(bench.addresses("foreign").isEmpty)
            #expect(bench.server.requests(.apply, of: .ingresses).count == 2)
        }
        // Nothing is cleared at the end.
        #expect(bench.addresses("web") == ["192.0.2.1", "edge.example"])
    }

    @Test func `the address of a load balancer is waited for, and what stands there stays`() async throws {
        let front = NamespacedName(namespace: "infra", name: "front")
        let bench = try await ReporterBench(
            .init(ingressStatus: IngressStatusPlanner(source: .service(front), ingressClasses: IngressClassPolicy())))
        let ingress = Text.ingress("web")
        bench.server.put(ingress + "\nstatus: {loadBalancer: {ingress: [{ip: 192.0.2.9}]}}")
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: front, namespace: infra}\nspec: {type: LoadBalancer}"
        try await bench.running {
            try await bench.eventually { await bench.reporter.problems().contains { $0.contains("does not exist") } }
            bench.server.put(service)
            try await bench.eventually { await bench.reporter.problems().contains { $0.contains("no address yet") } }
            #expect(bench.addresses("web") == ["192.0.2.9"])
            bench.server.put(service + "\nstatus: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}")
            try await bench.eventually { bench.addresses("web") == ["192.0.2.1"] }
            #expect(await bench.reporter.problems().isEmpty)
            // It goes away again, as when a load balancer is replaced.
            bench.server.put(service)
            try await bench.eventually { await bench.reporter.problems().contains { $0.contains("no address yet") } }
            #expect(bench.addresses("web") == ["192.0.2.1"])
        }
    }

    @Test func `another controller that keeps writing wins, and that is said`() async throws {
        let bench = try await ReporterBench(Self.publishing("192.0.2.1"))
        let theirs = Text.ingress("web") + "\nstatus: {loadBalancer: {ingress: [{ip: 192.0.2.9}]}}"
        bench.server.put(theirs)
        try await bench.running {
            for _ in 0...StatusPacer.rewritesMax {
                try await bench.eventually { bench.addresses("web") == ["192.0.2.1"] }
                bench.server.put(theirs)
            }
            try await bench.eventually { await !bench.reporter.problems().isEmpty }
            #expect(bench.addresses("web") == ["192.0.2.9"])
            #expect(
                await bench.reporter.problems() == [
                    "the status of Ingress shop/web is left alone: another controller keeps rewriting it"
                ])
            #expect(bench.server.requests(.apply, of: .ingresses).count == StatusPacer.rewritesMax + 1)
        }
    }

    @Test func `refusals and lost connections are tried again`() async throws {
        let bench = try await ReporterBench(Self.publishing("192.0.2.1"))
        bench.server.put(Text.ingress("web"))
        bench.server.script(.status(403, reason: "Forbidden"), at: .apply)
        bench.server.script(.conflict, at: .apply)
        bench.server.script(.closeAfter, at: .apply)
        try await bench.running { try await bench.eventually { bench.addresses("web") == ["192.0.2.1"] } }
    }

    @Test func `nothing is written while another process leads`() async throws {
        let bench = try await ReporterBench(
            .init(
                ingressStatus: IngressStatusPlanner(source: .addresses(["192.0.2.1"]), ingressClasses: IngressClassPolicy()),
                writesIssuerStatus: true, writesCertificateStatus: true))
        bench.leadership.set(false)
        bench.server.put(Text.issuer())
        bench.server.put(Text.ingress("web"))
        bench.server.put(Text.certificate("b", secret: "b"))
        try await bench.running {
            for _ in 0..<20 {
                bench.server.put(Text.ingress("web", secret: "x"))
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(bench.server.requests.isEmpty)
            bench.leadership.set(true)
            try await bench.eventually { bench.condition("Ready", .certificates, "b") == "True Ready" }
            try await bench.eventually { !bench.addresses("web").isEmpty && bench.events.count == 4 }
        }
    }

    @Test func `a Certificate and its issuer get their conditions`() async throws {
        let bench = try await ReporterBench(.init(writesIssuerStatus: true, writesCertificateStatus: true))
        bench.server.put(Text.issuer())
        bench.server.put(Text.issuer("ca", spec: "{ca: {secretName: missing}}"))
        bench.server.put(Text.certificate("one", secret: "one"))
        bench.server.put(Text.certificate("two", secret: "two", issuer: "absent"))
        try await bench.running {
            try await bench.eventually { bench.condition("Ready", .certificates, "one") == "True Ready" }
            try await bench.eventually { bench.condition("Issuing", .certificates, "two") == "True DoesNotExist" }
            #expect(bench.condition("Ready", .certificates, "two") == "False DoesNotExist")
            try await bench.eventually { bench.condition("Ready", .clusterIssuers, namespace: "", "self") == "True IsReady" }
            try await bench.eventually { bench.condition("Ready", .clusterIssuers, namespace: "", "ca") == "False ErrGetKeyPair" }
            let status = bench.server.object(.certificates, namespace: "shop", name: "one")?["status"]
            #expect(status?["revision"]?.number == 1 && status?["notAfter"]?.text != nil && status?["renewalTime"]?.text != nil)
            // What was missing comes.
            bench.server.put(Text.issuer("absent"))
            try await bench.eventually { bench.condition("Ready", .certificates, "two") == "True Ready" }
            try await bench.eventually { bench.condition("Issuing", .certificates, "two") == nil }
            try await bench.eventually {
                bench.events.filter { $0.hasPrefix("Certificate two") } == ["Certificate two Issuing", "Certificate two Issued"]
            }
        }
    }

    @Test func `an account is registered for its issuer's sake, and a failure is said in its words`() async throws {
        let bench = try await ReporterBench(.init(writesIssuerStatus: true))
        let port = try #require(try FreePort.several(1).first)
        bench.server.put(
            Text.issuer("le", spec: "{acme: {server: \"http://127.0.0.1:\(port)/dir\", privateKeySecretRef: {name: le-account}}}"))
        try await bench.running {
            try await bench.eventually {
                bench.condition("Ready", .clusterIssuers, namespace: "", "le") == "False ErrRegisterACMEAccount"
            }
        }
    }

    @Test func `an issuer that another controller manages is not written`() async throws {
        let bench = try await ReporterBench(.init(writesIssuerStatus: true))
        bench.server.put(Text.issuer())
        bench.server.put(Text.issuer("theirs"))
        let other = APIClient(bench.server.configuration, logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
        _ = try await other.send(
            .mergePatch(
                .clusterIssuers, name: "theirs", subresource: "status",
                body: Array("{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}".utf8)))
        try await bench.running {
            try await bench.eventually { bench.condition("Ready", .clusterIssuers, namespace: "", "self") == "True IsReady" }
            #expect(bench.condition("Ready", .clusterIssuers, namespace: "", "theirs")?.hasPrefix("Unknown") == true)
        }
    }
}
