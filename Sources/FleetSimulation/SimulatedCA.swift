internal import CALimits
internal import FoundationEssentials

/// A CA that counts for itself, by code of its own: it refuses what our ledger should not have let through.
struct SimulatedCA {
    private let limits: [CALimit]
    private var fullAgain: [String: [String: Double]] = [:]

    init(limits: [CALimit]) {
        self.limits = limits
    }

    /// Takes an order, or says too many.
    mutating func accepts(_ order: OrderIntent, at time: Double) -> Bool {
        var taken: [(limit: CALimit, key: String, full: Double)] = []
        for limit in limits where limit.counts == .orders || limit.counts == .certificates {
            guard limit.concerns(order) else { continue }
            let interval = limit.window.components.seconds == 0 ? 0 : Double(limit.window.components.seconds) / Double(limit.count)
            for key in keys(limit, order) {
                let full = max(fullAgain[limit.name]?[key] ?? 0, time) + interval
                if full - time > Double(limit.window.components.seconds) + 0.5 {
                    return false
                }
                taken.append((limit, key, full))
            }
        }
        for (limit, key, full) in taken { fullAgain[limit.name, default: [:]][key] = full }
        return true
    }

    /// Gives back what an order was counted for as a certificate: Let's Encrypt counts those that it issues.
    mutating func endedWithoutCertificate(_ order: OrderIntent) {
        for limit in limits where limit.counts == .certificates && limit.concerns(order) {
            for key in keys(limit, order) {
                fullAgain[limit.name]?[key]? -= Double(limit.window.components.seconds) / Double(limit.count)
            }
        }
    }

    private func keys(_ limit: CALimit, _ order: OrderIntent) -> [String] {
        switch limit.scope {
        case .account: [order.account]
        case .registeredDomain: order.registeredDomains
        case .exactSet: [order.names.joined(separator: ",")]
        case .accountAndHost, .address: []
        }
    }
}
