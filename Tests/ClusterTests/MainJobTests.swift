import FoundationEssentials
import TestKit
import Testing

extension ClusterTests {
    /// The whole main job, as deployed: under the ServiceAccounts, with the arguments and the rights of `deploy/`.
    @Suite("The main job", .enabled(if: Pebble.isInstalled, "pebble is not installed")) struct MainJobTests {
        @Test func `an Ingress applied with kubectl gets a certificate, which each of three replicas serves`() async throws {
            let site = try await ClusterSite("all-in-one")
            let replicas = try await site.start(3)
            let hosts = ["shop.\(site.name).test", "www.\(site.name).test"]
            try await site.applyIngress("shop", hosts: hosts)
            try await site.expectServed(hosts, by: replicas)
            #expect(site.pebble.accountCount == 1)
            #expect(site.pebble.orderCount == 1)

            let serials = try await [site.serial(of: hosts[0], at: replicas[0]), site.serial(of: hosts[1], at: replicas[2])]
            #expect(Set(serials).count == 1 && serials[0].hasPrefix("serial="))
            let redirect = try await site.curl("http://\(hosts[0])/x", replicas[1], "-o", "/dev/null", "-w", "%{redirect_url}")
            #expect(redirect.output == "https://\(hosts[0])/x", "the port of the Service, not of the container")

            try await expectObjects(site, replicas)
            let isClean = try await eventually {
                for role in ["order", "http01"] where try await !site.secrets(role: role).isEmpty { return false }
                return true
            }
            #expect(isClean, "pending orders and tokens are deleted")
            try await expectIssuedAgain(site, hosts[0], by: replicas)
            try await expectRightsFit(site, of: "certctl")
        }

        /// A Secret that is deleted is issued again, and what is told again in the same words is one Event with a count.
        private func expectIssuedAgain(_ site: ClusterSite, _ host: String, by replicas: [Replica]) async throws {
            let cluster = site.deployed.cluster
            var counts = ""
            // The words say why, if the reason was still known when they were written: of three times two are the same.
            for round in 1...3 {
                let before = try await site.serial(of: host, at: replicas[0])
                try await cluster.expectKubectl("delete", "secret", "shop-tls", "--namespace", site.namespace)
                let isNew = try await eventually(within: .seconds(60)) {
                    let serial = try await site.serial(of: host, at: replicas[0])
                    return serial.hasPrefix("serial=") && serial != before && site.pebble.orderCount == 1 + round
                }
                #expect(isNew)
                try await site.expectServed([host], by: replicas)
            }
            let isCounted = try await eventually(within: .seconds(30)) {
                counts = try await cluster.expectKubectl(
                    "get", "events.events.k8s.io", "--namespace", site.namespace, "--output",
                    #"jsonpath={range .items[?(@.reason=="Issuing")]}{.note}: {.series.count}{"\n"}{end}"#)
                return counts.contains(": 2\n")
            }
            #expect(isCounted, "\(counts)")
        }

        /// The rights in `deploy/` are enough, and each is needed: what a ServiceAccount asked for is what it may.
        private func expectRightsFit(_ site: ClusterSite, of serviceAccounts: String..., unused: Set<Right> = []) async throws {
            for serviceAccount in serviceAccounts {
                let granted = try await site.deployed.rights(of: serviceAccount)
                var idle = granted
                // A lease that was just taken is renewed only after seconds.
                _ = try await eventually {
                    idle = granted.subtracting(try site.deployed.requests(of: serviceAccount).used).subtracting(unused)
                    return idle.isEmpty
                }
                #expect(idle.isEmpty, "\(serviceAccount) never needed: \(idle.sorted())")
                let refused = try site.deployed.requests(of: serviceAccount).refused
                #expect(refused.isEmpty, "\(serviceAccount) was refused: \(refused.sorted())")
            }
        }

        /// What others read in the API: cert-manager's tools the Secret, external-dns the status, people the Events.
        private func expectObjects(_ site: ClusterSite, _ replicas: [Replica]) async throws {
            let cluster = site.deployed.cluster
            let secret = try await cluster.expectKubectl(
                "get", "secret", "shop-tls", "--namespace", site.namespace, "--output",
                "jsonpath={.type} {.metadata.annotations.cert-manager\\.io/issuer-name} {.metadata.managedFields[*].manager}")
            #expect(secret == "kubernetes.io/tls \(site.name) certctl")
            var addresses = ""
            let hasAddress = try await eventually(within: .seconds(30)) {
                addresses = try await cluster.expectKubectl(
                    "get", "ingress", "shop", "--namespace", site.namespace, "--output", "jsonpath={.status.loadBalancer.ingress[*].ip}")
                return addresses == Deployed.loadBalancerAddress
            }
            #expect(hasAddress, "\(addresses)")
            var reasons: Set<Substring> = []
            let areTold = try await eventually(within: .seconds(30)) {
                reasons = Set(
                    try await cluster.expectKubectl(
                        "get", "events.events.k8s.io", "--namespace", site.namespace, "--output", "jsonpath={.items[*].reason}"
                    ).split(separator: " "))
                return reasons.isSuperset(of: ["Issuing", "Issued"])
            }
            #expect(areTold, "\(reasons)")
            #expect(try await site.leader(of: replicas) != nil)
        }

        @Test func `split: proxies that may only read serve what the controller issues, and neither notices the other's restart`()
            async throws
        {
            let site = try await ClusterSite("split")
            let proxies = try await site.start(2, of: "certctl-proxy")
            let controllers = try await site.start(2, of: "certctl-controller")
            let first = "first.\(site.name).test"
            try await site.applyIngress("first", hosts: [first])
            try await site.expectServed([first], by: proxies, issuedBy: controllers)

            let load = try site.load([first], on: proxies[0].https, seconds: 8)
            for controller in controllers { controller.process.send(signal: 9) }
            let restarted = try await site.start(1, of: "certctl-controller")
            proxies[1].process.send(signal: 15)
            let second = "second.\(site.name).test"
            try site.balancer.lead(to: [proxies[0].http])
            try await site.applyIngress("second", hosts: [second])
            try await site.expectServed([first, second], by: [proxies[0]], issuedBy: restarted)
            #expect(await load.end(within: .seconds(60)) == .exited(0), "\(load.output)")
            #expect(site.pebble.accountCount == 1)
            #expect(site.pebble.orderCount == 2)
            // A token that no watch has brought is looked for by its name.
            _ = try await site.curl("http://\(first)/.well-known/acme-challenge/\(String(repeating: "x", count: 43))", proxies[0])
            try await expectRightsFit(site, of: "certctl-proxy", "certctl-controller", unused: [Right("patch", "events.k8s.io", "events")])
            #expect(await proxies[1].process.end(within: .seconds(60)) == .exited(0), "\(proxies[1].process.output.suffix(3000))")
        }

        @Test func `namespaced: one namespace serves itself, with rights in it alone`() async throws {
            let site = try await ClusterSite("namespaced")
            let replicas = try await site.start(2)
            let host = "own.\(site.name).test"
            try await site.applyIngress("own", hosts: [host])
            try await site.expectServed([host], by: replicas)
            let asked = try site.deployed.cluster.auditedRequests().filter { $0.serviceAccount == "certctl:certctl" }
            #expect(!asked.isEmpty)
            let outside = asked.filter { $0.namespace != "certctl" }
            #expect(outside.isEmpty, "\(outside)")
            try await expectRightsFit(site, of: "certctl", unused: [Right("patch", "events.k8s.io", "events")])
        }

        @Test func `a Certificate object is issued and becomes Ready, as does its issuer, with the rights of the components`() async throws
        {
            let site = try await ClusterSite("all-in-one", components: ["certificates", "issuer-status"])
            let replicas = try await site.start(2)
            let host = "object.\(site.name).test"
            let cluster = site.deployed.cluster
            try await cluster.apply(
                """
                apiVersion: cert-manager.io/v1
                kind: Certificate
                metadata: {name: object, namespace: \(site.namespace)}
                spec: {secretName: object-tls, dnsNames: [\(host)], issuerRef: {name: \(site.name), kind: ClusterIssuer}}
                """)
            let ready = ["wait", "--for", "condition=Ready", "--timeout", "60s"]
            let certificate = try await cluster.kubectl(ready + ["certificate/object", "--namespace", site.namespace])
            #expect(certificate.status == 0, "\(certificate.output) \(replicas.map { $0.process.output.suffix(3000) })")
            let issuer = try await cluster.kubectl(ready + ["clusterissuer/\(site.name)"])
            #expect(issuer.status == 0, "\(issuer.output)")
            let uri = try await cluster.expectKubectl("get", "clusterissuer", site.name, "--output", "jsonpath={.status.acme.uri}")
            #expect(uri.hasPrefix("https://127.0.0.1:"), "\(uri)")
            try await cluster.expectKubectl("get", "secret", "object-tls", "--namespace", site.namespace)

            let added = try await site.deployed.rights(of: "certctl").filter {
                $0.resource.hasPrefix("certificates") || $0.resource.hasSuffix("issuers/status")
            }
            // Of the two kinds of issuers there is one here.
            let expected = added.subtracting([Right("patch", "cert-manager.io", "issuers/status")])
            #expect(expected.count == 4)
            let asked = try site.deployed.requests(of: "certctl")
            #expect(asked.used.isSuperset(of: expected), "never needed: \(expected.subtracting(asked.used).sorted())")
            #expect(asked.refused.isEmpty, "\(asked.refused.sorted())")
        }
    }
}
