import Testing

@testable import KubernetesClient

@Suite("Election: members that die, stop, are cut off and shut down, in virtual time") struct ElectionSimulationTests {
    @Test(arguments: 2...4) func `no two lead at any moment, and when it is calm exactly one does`(_ members: Int) {
        var reigns = 0
        for seed in 1...UInt64(40) {
            var simulation = ElectionSimulation(seed: seed, members: members)
            let leaders = simulation.run(chaos: 300_000, calm: 90_000)
            #expect(simulation.violation == nil, "seed \(seed)")
            #expect(leaders.count == 1, "seed \(seed): \(leaders)")
            reigns += simulation.reigns
        }
        // The wreaking did change who leads, many times in each run.
        #expect(reigns > 40 * 5)
    }

    @Test func `the check finds two leaders when there are some`() throws {
        // The same members with a lease that ends before a leader's time is over, which no timing allows.
        let broken = ElectionTiming(unchecked: .seconds(2), renewDeadline: .seconds(10), retryPeriod: .seconds(2), jitterFactor: 1.2)
        let violations = (1...UInt64(15)).filter { seed in
            var simulation = ElectionSimulation(seed: seed, members: 3, timing: broken)
            _ = simulation.run(chaos: 300_000, calm: 0)
            return simulation.violation != nil
        }
        #expect(violations.count > 3)
    }
}
