import TestKit

@testable import KubernetesClient

/// Some members and one API server in virtual time, with everything that can go wrong between them. The same seed gives the same run.
struct ElectionSimulation {
    /// Times are in milliseconds of the simulation; every member has a clock of its own.
    typealias Time = Int

    private struct Server {
        var record: LeaseRecord?
        var version = 0
    }

    private struct Process {
        let identity: String
        var machine: ElectionMachine
        /// What its clocks differ from the simulation's.
        let skew: Time
        /// Stopped by a signal until then.
        var pausedUntil: Time = 0
        var cutUntil: Time = 0
        var isAlive = true
        /// Counts the requests and waits, so that an answer which is late is told from the one that is waited for.
        var step = 0
    }

    private enum Happening {
        case event(process: Int, step: Int, ElectionMachine.Event)
        case request(process: Int, step: Int, ElectionMachine.Action)
        case chaos
    }

    private let timing: ElectionTiming
    private var random: SeededRandom
    private var now: Time = 0
    private var queue: [(at: Time, order: Int, what: Happening)] = []
    private var queued = 0
    private var server = Server()
    private var processes: [Process] = []
    private var calmFrom: Time = 0
    private(set) var reigns = 0
    private var lastLeader: String?
    /// The moment and the members, if two led at once.
    private(set) var violation: String?

    init(seed: UInt64, members: Int, timing: ElectionTiming = .standard) {
        self.timing = timing
        random = SeededRandom(seed: seed)
        for _ in 0..<members { start() }
    }

    /// Lets things go wrong for a while, then lets everything work for as long as a takeover may need, and looks who leads.
    mutating func run(chaos: Time, calm: Time) -> [String] {
        calmFrom = chaos
        add(.chaos, in: 500)
        while let next = pop() {
            if next.at >= chaos + calm { break }
            now = next.at
            handle(next.what, isChaos: now < chaos)
            look()
        }
        now = chaos + calm
        return leaders()
    }

    // MARK: Events

    private mutating func handle(_ what: Happening, isChaos: Bool) {
        switch what {
        case .chaos:
            if isChaos {
                wreak()
                add(.chaos, in: Int.random(in: 200...6000, using: &random))
            }
        case .request(let process, let step, let action):
            serve(action, process, step, isChaos)
        case .event(let index, let step, let event):
            let process = processes[index]
            guard process.isAlive, process.step == step else { return }
            if process.pausedUntil > now { return add(what, in: process.pausedUntil - now) }
            deliver(event, to: index)
        }
    }

    private mutating func deliver(_ event: ElectionMachine.Event, to index: Int) {
        let clock = Duration.milliseconds(now + processes[index].skew)
        let draw = Double.random(in: 0...1, using: &random)
        let action = processes[index].machine.apply(event, now: clock, time: "\(clock)", draw: draw)
        processes[index].step += 1
        let step = processes[index].step
        switch action {
        case .none, .stop: processes[index].isAlive = false
        case .wait(let duration):
            add(.event(process: index, step: step, .due), in: Int(duration / .milliseconds(1)))
        case .read, .create, .update:
            let timeout = Int(timing.requestTimeout / .milliseconds(1))
            add(.event(process: index, step: step, .failed), in: timeout)
            add(.request(process: index, step: step, action), in: delay())
        }
    }

    private mutating func serve(_ action: ElectionMachine.Action, _ index: Int, _ step: Int, _ isChaos: Bool) {
        // The request of a process that has died since may still come; that of one that is cut off does not.
        guard processes[index].cutUntil <= now, !(isChaos && random.chance(5)) else { return }
        let answer: ElectionMachine.Event
        switch action {
        case .read: answer = server.record.map { .found(stored($0)) } ?? .absent
        case .create(let record): answer = server.record == nil ? write(record) : .conflict
        case .update(let record, let lease):
            answer = server.record != nil && lease.resourceVersion == "\(server.version)" ? write(record) : .conflict
        case .none, .wait, .stop: return
        }
        // The effect is there and the answer is lost.
        if isChaos, random.chance(5) { return }
        add(.event(process: index, step: step, answer), in: delay())
    }

    private mutating func write(_ record: LeaseRecord) -> ElectionMachine.Event {
        server.version += 1
        server.record = record
        return .written(stored(record))
    }

    private func stored(_ record: LeaseRecord) -> StoredLease { Member.stored(record, "\(server.version)") }

    private mutating func wreak() {
        let alive = processes.indices.filter { processes[$0].isAlive }
        let victim = random.pick(alive)
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            processes[victim].isAlive = false
            start()
        case 1, 2: processes[victim].pausedUntil = now + Int.random(in: 100...40_000, using: &random)
        case 3: processes[victim].cutUntil = now + Int.random(in: 100...40_000, using: &random)
        case 4:
            deliver(.shutdown, to: victim)
            start()
        // A label: the version changes, the record does not.
        default: server.version += server.record == nil ? 0 : 1
        }
    }

    // MARK: Looking

    /// Whoever would say so if it were asked right now, also the ones that are stopped, cut off or dying.
    private func leaders() -> [String] {
        processes.filter { $0.isAlive && $0.machine.term(at: .milliseconds(now + $0.skew)) != nil }.map(\.identity)
    }

    private mutating func look() {
        let leaders = leaders()
        if leaders.count > 1, violation == nil { violation = "at \(now) ms: \(leaders.joined(separator: ", "))" }
        if let leader = leaders.first, leader != lastLeader {
            reigns += 1
            lastLeader = leader
        }
    }

    // MARK: The queue

    private mutating func start() {
        let identity = "p\(processes.count)"
        processes.append(
            Process(
                identity: identity, machine: ElectionMachine(identity: identity, timing: timing),
                skew: Int.random(in: 0...1_000_000_000, using: &random)))
        add(.event(process: processes.count - 1, step: 0, .due), in: Int.random(in: 0...3000, using: &random))
    }

    /// Mostly some milliseconds, at times seconds, while things go wrong.
    private mutating func delay() -> Time {
        now > calmFrom || random.chance(90) ? Int.random(in: 1...30, using: &random) : Int.random(in: 30...6000, using: &random)
    }

    private mutating func add(_ what: Happening, in delay: Time) {
        queued += 1
        queue.append((now + delay, queued, what))
    }

    private mutating func pop() -> (at: Time, order: Int, what: Happening)? {
        guard let first = queue.indices.min(by: { (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order) }) else { return nil }
        return queue.remove(at: first)
    }
}
