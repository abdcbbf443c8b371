import FleetSimulation
import Testing

@Suite("A fleet in virtual time") struct FleetTests {
    private func settings(_ start: FleetSettings.Start) -> FleetSettings {
        var settings = FleetSettings()
        settings.certificates = 2000
        settings.days = 60
        settings.start = start
        settings.outages = [FleetSettings.Outage(day: 12.4, hours: 36), FleetSettings.Outage(day: 31.1, hours: 5)]
        // In an outage, soon after it, and in another.
        settings.restarts = [12.9, 14.1, 31.2]
        return settings
    }

    @Test(arguments: [FleetSettings.Start.empty, .oneHour]) func `none of 2,000 expires in 60 days, and the CA never has to refuse`(
        start: FleetSettings.Start
    ) throws {
        var simulation = try FleetSimulation(settings(start))
        let result = simulation.run()
        #expect(result.expired == 0 && result.tooMany == 0)
        #expect(result.leastLeft > 0 && result.renewals > 2000)
        // Two hundred names under one registered domain are more than seven weeks of its limit; all others have theirs.
        #expect(start == .oneHour ? result.unissued == 0 : result.unissued < 100)
    }

    @Test func `the same seed gives the same run`() throws {
        var small = settings(.empty)
        small.certificates = 300
        var first = try FleetSimulation(small)
        var second = try FleetSimulation(small)
        #expect(first.run().orders == second.run().orders)
    }
}
