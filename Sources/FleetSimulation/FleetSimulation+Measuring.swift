internal import CALimits
internal import Core
internal import FoundationEssentials
internal import Issuance

/// What planning costs for a whole fleet, and for what changes of it.
extension FleetSimulation {
    /// Measures a plan of all certificates from nothing, a pass that finds nothing to do, one that finds some, and the turns of all.
    ///
    /// - Returns: what was measured, and how long it took.
    public mutating func measure() -> [(what: String, duration: Duration)] {
        let clock = ContinuousClock()
        var times: [(what: String, duration: Duration)] = []
        times.append(("all certificates judged anew", clock.measure { populate() }))
        // Those that wait for the CA's limits stay; everything that can begin has begun.
        times.append(("a pass over an empty fleet, until the account is at its limit", clock.measure { _ = takeAll() }))
        times.append(("a pass that finds nothing to do", clock.measure { _ = takeAll() }))
        let some = Array(agenda.items.keys.prefix(100))
        times.append(
            (
                "a pass after 100 changes",
                clock.measure {
                    for secret in some { judge(secret) }
                    _ = takeAll()
                }
            ))
        let budgets = Budgets(limits: shippedLimits)
        times.append(("the turns of all that wait", clock.measure { _ = agenda.turns(at: now, budgets: budgets) }))
        return times
    }

    private mutating func takeAll() -> Int {
        let (now, spent, limits) = (now, spent, limits)
        for secret in agenda.takeChanged(at: now) { judge(secret) }
        var count = 0
        while let item = agenda.takeNext(at: now, admission: { spent.ledger.admission(for: $0.intent, limits: limits, at: now) }) {
            if let order = item.order { spent.ledger.spend(order.intent, limits: limits, at: now) }
            count += 1
        }
        _ = agenda.nextChange()
        return count
    }
}
