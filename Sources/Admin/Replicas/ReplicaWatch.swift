public import Core
internal import FoundationEssentials
public import HTTPClient
public import Issuance

/// Asks the other processes what they serve, and compares it with what is stored.
///
/// Bounded in every way: so many replicas, so many bytes of each, and two seconds for all of them together. One that cannot be asked is
/// reported as such; nothing is assumed about it.
public actor ReplicaWatch {
    /// What is known about the process at one address.
    private struct Known {
        var tag: String?
        var report: ServedReport?
        var answered: Date?
        var problem: String?
    }

    /// How one answered.
    private enum Answer: Sendable {
        case unchanged
        case report(ServedReport, tag: String?)
        case failed(String)
    }

    private let own: ReplicaIdentity
    private let client: HTTPClient
    private let authorization: @Sendable () -> String?
    private let addresses: (@Sendable () async throws -> [ListenAddress])?
    private let time: any TimeSource
    private let answerTime: Duration
    private var known: [ListenAddress: Known] = [:]
    private var deviations = ServedDeviations()
    /// Why it is not known whom to ask.
    private var problem: String?
    /// When they were asked last.
    private var asked: Date?
    private var asking: Task<Void, Never>?

    /// Makes a watch.
    ///
    /// - Parameters:
    ///   - own: who asks; its own address among the others is passed over.
    ///   - authorization: the field that shows the admin token as it is now; nil without one.
    ///   - addresses: where the admin APIs of all processes are; nil when there are no others.
    ///   - client: connects, directly.
    ///   - answerTime: How long all of them together have for their answers.
    public init(
        own: ReplicaIdentity, authorization: @escaping @Sendable () -> String?, client: HTTPClient, time: any TimeSource = SystemTime(),
        answerTime: Duration = ReplicaWatch.answerTime,
        addresses: (@Sendable () async throws -> [ListenAddress])?
    ) {
        self.own = own
        self.authorization = authorization
        self.client = client
        self.time = time
        self.answerTime = answerTime
        self.addresses = addresses
    }

    /// Whoever asks for a report waits no longer for replicas that do not answer.
    public static let answerTime = Duration.seconds(2)

    /// The replicas as they are now, this one first, and what they serve that is not stored.
    ///
    /// What has become different since the last look does not count yet. When that look is long ago, nobody will come back for it: then this
    /// one waits as long as a reload takes, and looks again.
    ///
    /// - Parameters:
    ///   - report: what this process serves.
    ///   - stored: what is stored; asked again after a wait.
    public func look(
        own report: @Sendable () async -> ServedReport, stored: @Sendable () async -> [CertificateFact]
    ) async -> (facts: [CertificateFact], replicas: [ReplicaFact]) {
        let isFirst = asked.map { time.now().timeIntervalSince($0) > ReplicaLimits.replicaPatience.seconds } ?? true
        await ask()
        var own = await report()
        var facts = await stored()
        var outcome = deviations.compare(facts, with: reports(own), now: time.now())
        if isFirst, outcome.isUnsettled {
            try? await time.sleep(for: ReplicaLimits.reloadTimeMax)
            asked = nil
            await ask()
            own = await report()
            facts = await stored()
            outcome = deviations.compare(facts, with: reports(own), now: time.now())
        }
        let now = time.now()
        return (facts.map { fact in outcome.served[fact.secret].map { fact.served(as: $0, at: now) } ?? fact }, replicas(own, now: now))
    }

    private func reports(_ own: ServedReport) -> [ServedReport] {
        [own] + others.compactMap { $0.value.problem == nil ? $0.value.report : nil }
    }

    /// Without this process, which may be among the addresses.
    private var others: [ListenAddress: Known] { known.filter { $0.value.report?.replica.instance != own.instance } }

    private func replicas(_ own: ServedReport, now: Date) -> [ReplicaFact] {
        var facts = [
            ReplicaFact(identity: own.replica.name, role: own.replica.role, version: own.replica.version, at: now, isReachable: true)
        ]
        if let problem { facts.append(ReplicaFact(identity: "others", isReachable: false, problem: problem)) }
        facts += others.map { address, known in
            ReplicaFact(
                identity: known.report?.replica.name ?? address.description, address: address.description,
                role: known.report?.replica.role, version: known.report?.replica.version, at: known.answered,
                isReachable: known.problem == nil, problem: known.problem ?? odd(known.report))
        }.sorted { $0.identity < $1.identity }
        return facts
    }

    /// What is worth knowing about one that answers.
    private func odd(_ report: ServedReport?) -> String? {
        guard let report else { return nil }
        if !report.isReady { return "it is not ready: it begins or ends" }
        return report.replica.version == own.version ? nil : "it is of version \(report.replica.version), this one of \(own.version)"
    }

    // MARK: Asking

    /// Asks all of them, unless that was done just now. Who comes meanwhile waits for the same answers.
    private func ask() async {
        guard let addresses else {
            asked = time.now()
            return
        }
        if let asking { return await asking.value }
        if let asked, time.now().timeIntervalSince(asked) < ReplicaLimits.replicaAnswersKept.seconds, time.now() >= asked { return }
        let task = Task { await askAll(addresses) }
        asking = task
        await task.value
        asking = nil
        asked = time.now()
    }

    private func askAll(_ addresses: @Sendable () async throws -> [ListenAddress]) async {
        var found: [ListenAddress]
        do {
            found = try await addresses()
            problem = nil
        } catch {
            problem = "the replicas cannot be found: \(error)".oneLine(bytesMax: 512)
            found = Array(known.keys)
        }
        if found.count > ReplicaLimits.replicasMax {
            problem = "there are \(found.count) replicas, and only \(ReplicaLimits.replicasMax) are asked"
            found = Array(found.prefix(ReplicaLimits.replicasMax))
        }
        let wanted = Set(found)
        known = known.filter { wanted.contains($0.key) }
        let questions = wanted.map { (address: $0, tag: known[$0]?.tag) }
        let answers = await Self.askAll(questions, authorization(), client, within: answerTime)
        for (address, answer) in answers { note(answer, of: address) }
    }

    private func note(_ answer: Answer, of address: ListenAddress) {
        var entry = known[address] ?? Known()
        entry.problem = nil
        switch answer {
        case .unchanged: entry.answered = time.now()
        case .report(var report, let tag):
            // Most serve the same; one copy of it is enough.
            if let same = known.values.lazy.compactMap(\.report).first(where: { $0.served == report.served }) {
                report.served = same.served
            }
            entry.report = report
            entry.tag = tag
            entry.answered = time.now()
        case .failed(let words): entry.problem = words.oneLine(bytesMax: 512)
        }
        known[address] = entry
    }

    private static func askAll(
        _ questions: [(address: ListenAddress, tag: String?)], _ authorization: String?, _ client: HTTPClient, within limit: Duration
    ) async -> [(ListenAddress, Answer)] {
        await withTaskGroup(of: (ListenAddress, Answer).self) { group in
            for (address, tag) in questions {
                group.addTask { (address, await ask(address, tag: tag, authorization, client, within: limit)) }
            }
            var answers: [(ListenAddress, Answer)] = []
            for await answer in group { answers.append(answer) }
            return answers
        }
    }

    private static func ask(
        _ address: ListenAddress, tag: String?, _ authorization: String?, _ client: HTTPClient, within limit: Duration
    ) async -> Answer {
        var headers: HTTPFields = ["Accept": "application/json"]
        if let tag { headers.append("If-None-Match", tag) }
        if let authorization { headers.append("Authorization", authorization) }
        let wait = HTTPTimeouts(connect: limit, total: limit, idle: nil)
        do {
            let response = try await client.send(
                HTTPRequest(url: "http://\(address)\(ServedReport.path)", headers: headers, timeouts: wait),
                bodyBytesMax: ReplicaLimits.servedBytesMax)
            switch response.status {
            case 200:
                let report = try JSONDecoder().decode(ServedReport.self, from: Data(response.body))
                return .report(report, tag: response.headers.first("ETag"))
            case 304 where tag != nil: return .unchanged
            case 401, 403: return .failed("it answered \(response.status): give all replicas the same --admin-token-file")
            case 404: return .failed("it answered 404: its version of certctl does not tell what it serves")
            default: return .failed("it answered \(response.status)")
            }
        } catch let error as DecodingError {
            return .failed("its answer is not what certctl \(Version.current) expects: \(error)")
        } catch {
            return .failed("\(error)")
        }
    }
}
