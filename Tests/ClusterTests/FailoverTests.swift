import FoundationEssentials
import Glibc
import TestKit
import Testing

extension ClusterTests {
    /// One issuer: the leader goes away in the middle of an order, in three ways, and serving goes on.
    @Suite("One issuer", .enabled(if: Pebble.isInstalled, "pebble is not installed")) struct FailoverTests {
        /// How a leader goes away.
        enum Loss: String, CaseIterable, CustomTestStringConvertible {
            case killed = "killed with -9"
            case paused = "paused past its lease"
            case cut = "cut from the API server"
            var testDescription: String { rawValue }
        }

        @Test(arguments: Loss.allCases)
        func `the leader is lost while an order is in flight`(loss: Loss) async throws {
            var settings = Pebble.Settings()
            // The CA thinks about each challenge for a while, so that the order is in flight when the leader goes.
            settings.sleepsBeforeValidation = true
            settings.sleepSecondsMax = 10
            settings.authorizationReusePercent = 0
            let site = try await ClusterSite("all-in-one", pebble: settings)
            let replicas = try await site.start(3)
            let served = "served.\(site.name).test"
            try await site.applyIngress("served", hosts: [served])
            try await site.expectServed([served], by: replicas, within: .seconds(60))
            let before = try await site.serial(of: served, at: replicas[0])

            let leader = try #require(try await site.leader(of: replicas))
            let others = replicas.filter { $0 !== leader }
            try site.balancer.lead(to: others.map(\.http))
            let load = try others.map { try site.load([served], on: $0.https, seconds: 30) }
            let host = "flight.\(site.name).test"
            try await site.applyIngress("flight", hosts: [host])
            let isInFlight = try await eventually(within: .seconds(30)) { try await !site.secrets(role: "http01").isEmpty }
            #expect(isInFlight, "\(leader.process.output.suffix(3000))")
            await lose(leader, loss)

            try await site.expectServed([host], by: others, within: .seconds(120))
            let successor = try #require(try await site.leader(of: replicas))
            #expect(successor !== leader)
            try await recover(leader, loss)
            for load in load { #expect(await load.end(within: .seconds(90)) == .exited(0), "\(load.output)") }
            try await expectOneOfEach(site, others, before: before, served: served)

            if loss != .killed {
                // The old leader is back, follows the new one, and serves what that has issued.
                try await site.expectServed([served, host], by: [leader], within: .seconds(60))
                #expect(leader.process.isRunning)
                #expect(try await site.leader(of: replicas) === successor)
            }
        }

        /// One account, no order beyond the one in flight, no key that does not belong to its certificate.
        private func expectOneOfEach(_ site: ClusterSite, _ replicas: [Replica], before: String, served: String) async throws {
            #expect(site.pebble.accountCount == 1)
            // One for each Ingress; a third only if the leader went between the CA's newOrder and the writing down of its answer.
            let orders = site.pebble.orderCount
            #expect(orders <= 3, "\(orders) orders")
            print("==> orders: \(orders) for 2 certificates")
            #expect(try await site.serial(of: served, at: replicas[0]) == before, "what was served before is served still")
            for name in ["served-tls", "flight-tls"] {
                for entry in ["crt", "key"] {
                    let text = try await site.deployed.cluster.expectKubectl(
                        "get", "secret", name, "--namespace", site.namespace, "--output", "jsonpath={.data.tls\\.\(entry)}")
                    let data = try #require(Data(base64Encoded: text))
                    try site.folder.write(String(decoding: data, as: UTF8.self), to: "tls.\(entry)")
                }
                let folder = site.folder.path
                let fromKey = try await ChildProcess.run(["openssl", "pkey", "-in", folder + "/tls.key", "-pubout"], in: site.folder)
                let fromLeaf = try await ChildProcess.run(
                    ["openssl", "x509", "-in", folder + "/tls.crt", "-noout", "-pubkey"], in: site.folder)
                #expect(fromKey.status == 0 && fromKey.output == fromLeaf.output, "\(name)")
            }
        }

        private func lose(_ leader: Replica, _ loss: Loss) async {
            switch loss {
            case .killed: leader.process.send(signal: SIGKILL)
            case .paused: leader.process.send(signal: SIGSTOP)
            case .cut: await leader.relay.cut()
            }
        }

        private func recover(_ leader: Replica, _ loss: Loss) async throws {
            switch loss {
            case .killed: break
            case .paused: leader.process.send(signal: SIGCONT)
            case .cut: try await leader.relay.mend()
            }
        }

        @Test func `a leader that ends on request hands the Lease over at once`() async throws {
            let site = try await ClusterSite("all-in-one")
            let replicas = try await site.start(2)
            var first: Replica?
            _ = try await eventually(within: .seconds(30)) {
                first = try await site.leader(of: replicas)
                return first != nil
            }
            let leader = try #require(first)
            leader.process.send(signal: SIGTERM)
            let clock = ContinuousClock.now
            let isTaken = try await eventually(within: .seconds(30)) {
                let holder = try await site.leader(of: replicas)
                return holder != nil && holder !== leader
            }
            let elapsed = ContinuousClock.now - clock
            #expect(isTaken)
            #expect(elapsed < .seconds(12), "taken after \(elapsed); a lease that is not released takes 15 s to expire")
            #expect(await leader.process.end(within: .seconds(60)) == .exited(0))
        }
    }
}
