import Core
import Logging
import TestKit
import Testing

@testable import KubernetesClient

/// The Lease as a real API server takes it: its times, its versions, its conflicts. What leads to what is tested in virtual time.
@Suite(
    "Election by a Lease, at a real API server", .enabled(if: KubernetesControlPlane.isInstalled, "KUBEBUILDER_ASSETS names no API server"))
struct RealLeaseTests {
    @Test func `one of two leads, renews, and hands over`() async throws {
        let plane = try await KubernetesControlPlane.shared()
        let configuration = try Kubeconfig.load(explicitPath: plane.administrator, environment: [:]).configuration()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let timing = try #require(
            ElectionTiming(leaseDuration: .seconds(6), renewDeadline: .seconds(4), retryPeriod: .milliseconds(200)))
        let lease = NamespacedName(namespace: "default", name: "election")
        let electors = (0..<2).map { _ in
            LeaseElector(client: APIClient(configuration, logger: logger), lease: lease, timing: timing, logger: logger)
        }
        var tasks = electors.map { elector in Task { await elector.run() } }
        try #require(await eventually(within: .seconds(30)) { electors.contains { $0.isLeader() } })
        let first = electors[0].isLeader() ? 0 : 1
        let reader = LeaseClient(client: APIClient(configuration, logger: logger), name: lease, timeout: .seconds(5))
        let taken = try #require(try await reader.read())
        #expect(taken.record.holderIdentity == electors[first].identity && taken.record.leaseDurationSeconds == 6)
        // The server has read the times, and gives them back as it writes them.
        #expect(taken.record.renewTime?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
        try await plane.expectKubectl("label", "lease", "election", "team=edge")
        let isRenewed = try await eventually(within: .seconds(20)) {
            guard let now = try await reader.read()?.record else { return false }
            return now.renewTime != taken.record.renewTime && now.acquireTime == taken.record.acquireTime
        }
        #expect(isRenewed && electors[first].isLeader() && !electors[1 - first].isLeader())
        tasks.remove(at: first).cancel()
        try #require(await eventually(within: .seconds(20)) { electors[1 - first].isLeader() })
        let handed = try #require(try await reader.read())
        #expect(handed.record.holderIdentity == electors[1 - first].identity && handed.record.leaseTransitions == 1)
        let labels = try await plane.expectKubectl("get", "lease", "election", "-o", "jsonpath={.metadata.labels.team}")
        #expect(labels == "edge")
        for task in tasks {
            task.cancel()
            await task.value
        }
        #expect(try await reader.read()?.record.holderIdentity == "")
    }
}
