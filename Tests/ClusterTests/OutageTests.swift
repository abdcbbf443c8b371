import FoundationEssentials
import Glibc
import TestKit
import Testing

extension ClusterTests {
    /// Nothing about serving depends on the API server.
    @Suite("Without the API server", .enabled(if: Pebble.isInstalled, "pebble is not installed")) struct OutageTests {
        enum Outage: String, CaseIterable, CustomTestStringConvertible {
            case stopped = "stopped"
            case paused = "paused, with all connections open"
            var testDescription: String { rawValue }
        }

        @Test(arguments: Outage.allCases)
        func `no request fails while the API server is away for a minute, and changes come through afterwards`(outage: Outage) async throws
        {
            let site = try await ClusterSite("all-in-one")
            let cluster = site.deployed.cluster
            let replicas = try await site.start(3)
            let host = "steady.\(site.name).test"
            try await site.applyIngress("steady", hosts: [host])
            try await site.expectServed([host], by: replicas)

            let load = try replicas.map { try site.load([host], on: $0.https, seconds: outageSeconds + 5) }
            switch outage {
            case .stopped: await cluster.stopAPIServer()
            case .paused: cluster.pauseAPIServer()
            }
            for load in load { #expect(await load.end(within: .seconds(outageSeconds + 60)) == .exited(0), "\(load.output)") }
            for replica in replicas { #expect(try await replica.isReady(in: site.folder), "a Pod that serves stays ready") }
            switch outage {
            case .stopped: try await cluster.startAPIServer()
            case .paused: cluster.resumeAPIServer()
            }

            let second = "after.\(site.name).test"
            try await site.applyIngress("after", hosts: [second])
            try await site.expectServed([host, second], by: replicas, within: .seconds(150))
            #expect(site.pebble.accountCount == 1)
            #expect(site.pebble.orderCount == 2)
        }

        /// A minute, unless `OUTAGE_SECONDS` says otherwise.
        private var outageSeconds: Int { ProcessInfo.processInfo.environment["OUTAGE_SECONDS"].flatMap { Int($0) } ?? 60 }
    }
}
