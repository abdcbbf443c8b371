import FleetSimulation
import FoundationEssentials
import Glibc

let usage = """
    usage: simulate-fleet [--certificates N] [--days N] [--seed N] [--start empty|oneHour] [--lifetime DAYS] [--csv FILE] [--svg FILE]
           | --measure N
    """
var values: [String: String] = [:]
var arguments = CommandLine.arguments.dropFirst().makeIterator()
while let name = arguments.next() {
    guard ["--certificates", "--days", "--seed", "--start", "--lifetime", "--csv", "--svg", "--measure"].contains(name),
        let value = arguments.next()
    else {
        print(usage)
        exit(2)
    }
    values[name] = value
}

func percent(_ part: Double) -> String { "\((part * 1000).rounded() / 10) %" }

if let text = values["--measure"], let number = Int(text) {
    var settings = FleetSettings()
    settings.certificates = number
    var simulation = try FleetSimulation(settings)
    for (what, duration) in simulation.measure() { print("\(number) certificates: \(what): \(duration)") }
    exit(0)
}

var runs: [(title: String, result: FleetResult, outages: [FleetSettings.Outage])] = []
var csv = "run,hour,orders,failures,queued\n"
for start in [FleetSettings.Start.empty, .oneHour] where values["--start"] ?? start.rawValue == start.rawValue {
    var settings = FleetSettings()
    // All of one lifetime, for a look at the worst case: nothing else hides its peaks.
    if let text = values["--lifetime"], let days = Double(text) { settings.shares = [.init(lifetimeDays: days, part: 1)] }
    settings.start = start
    if let text = values["--certificates"], let number = Int(text) { settings.certificates = number }
    if let text = values["--days"], let number = Double(text) { settings.days = number }
    if let text = values["--seed"], let number = UInt64(text) { settings.seed = number }
    let began = ContinuousClock.now
    var simulation = try FleetSimulation(settings)
    let result = simulation.run()
    let hours = result.orders.count
    // While the CA is away, and in the day after, the load is what the outage makes it.
    func isDisturbed(_ hour: Int) -> Bool {
        settings.outages.contains { (Int($0.day * 24)...Int($0.day * 24 + $0.hours) + 24).contains(hour) }
    }
    let all = result.peakToMean(0..<hours)
    let late = result.peakToMean(hours / 2..<hours, except: isDisturbed)
    let title =
        start == .empty
        ? "\(settings.certificates) certificates, none at first: ordered within Let's Encrypt's limits"
        : "\(settings.certificates) certificates, all of one hour"
    print("\(title) (seed \(settings.seed), \(Int(settings.days)) days, \(ContinuousClock.now - began))")
    print("  renewed \(result.renewals), expired \(result.expired), refused by the CA's own count \(result.tooMany),")
    print("  without a certificate at the end \(result.unissued); least left at a renewal \(percent(result.leastLeft)) of a lifetime")
    print("  attempts while the CA was away: \(result.inVain), in \(Int(settings.outages.reduce(0) { $0 + $1.hours })) hours")
    print("  orders per hour: mean \(Int(all.mean)), peak \(all.peak), ratio \((all.ratio * 100).rounded() / 100)")
    print(
        "  second half, without outages and the day after each: mean \(Int(late.mean)), peak \(late.peak),"
            + " ratio \((late.ratio * 100).rounded() / 100)")
    for hour in 0..<hours { csv += "\(start.rawValue),\(hour),\(result.orders[hour]),\(result.failures[hour]),\(result.queued[hour])\n" }
    runs.append((title, result, settings.outages.filter { $0.day < settings.days }))
}
if let path = values["--csv"] { try Data(csv.utf8).write(to: URL(filePath: path)) }
if let path = values["--svg"] { try Data(FleetPlot.svg(runs).utf8).write(to: URL(filePath: path)) }
exit(runs.allSatisfy { $0.result.expired == 0 && $0.result.tooMany == 0 } ? 0 : 1)
