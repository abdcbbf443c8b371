public import Core
internal import FoundationEssentials
public import Issuance
internal import KubernetesAPI
public import KubernetesClient
public import Logging
public import Store

/// Tells the cluster what the control plane knows: events, and the statuses of Ingresses, issuers and Certificates.
///
/// Writes while the process leads. It follows: each pass compares what should stand there with what does, so that a pass that failed,
/// or another leader's, is made up for by the next. Nothing waits for it, and nothing is ever cleared.
public actor ClusterReporter {
    /// What is written.
    public struct Settings: Sendable, Hashable {
        /// The addresses of served Ingresses; nil to leave them alone.
        public var ingressStatus: IngressStatusPlanner?
        /// `--issuer-status`: the `Ready` condition of issuers that no other controller manages.
        public var writesIssuerStatus: Bool
        /// `--certificates`: the status of Certificates.
        public var writesCertificateStatus: Bool

        /// Makes settings; nothing is written by default but events.
        public init(ingressStatus: IngressStatusPlanner? = nil, writesIssuerStatus: Bool = false, writesCertificateStatus: Bool = false) {
            self.ingressStatus = ingressStatus
            self.writesIssuerStatus = writesIssuerStatus
            self.writesCertificateStatus = writesCertificateStatus
        }
    }

    /// One sort of what is told. Each is looked at when something changed that it depends on.
    enum Area: CaseIterable {
        case events, ingresses, issuers, certificates
    }

    /// Bounds of one pass.
    enum Pace {
        /// Between two passes: changes in between are told together. A person does not notice, ten thousand issuances do.
        static let interval = Duration.seconds(1)
        /// Statuses written in one pass; the others follow in the next ones, so that events do not wait for ten thousand statuses.
        static let writesMax = 100
        /// Statuses written at once. Few, so that they leave most of the client's rate to Secrets.
        static let writersMax = 4
        /// How often an account that is not there yet is looked for.
        static let accountInterval = Duration.seconds(60)
    }

    let client: APIClient
    let recorder: EventRecorder
    let issuance: IssuanceController
    let settings: Settings
    let leadership: any Leadership
    let time: any TimeSource
    let logger: Logger
    var objects = ObjectSet()
    var otherProblems: Set<ReportedProblem> = []
    /// What was told; nil while the process does not lead.
    var told: ReportedState?
    var pacers: [Area: StatusPacer] = [:]
    var due = Set(Area.allCases)
    var complaint: String?
    var loggedFailures: Set<String> = []
    private var wake: AsyncStream<Void>.Continuation?
    private var timer: Task<Void, Never>?

    /// Makes a reporter; it waits for ``handle(_:)`` and ``run()``.
    ///
    /// - Parameters:
    ///   - issuance: Where the facts come from; the reporter is the one reader of its changes.
    ///   - recorder: Takes the events; somebody else runs it.
    ///   - leadership: Asked right before each write: whether this process leads.
    public init(
        client: APIClient, recorder: EventRecorder, issuance: IssuanceController, settings: Settings,
        leadership: any Leadership = AlwaysLeader(), time: any TimeSource = SystemTime(), logger: Logger
    ) {
        self.client = client
        self.recorder = recorder
        self.issuance = issuance
        self.settings = settings
        self.leadership = leadership
        self.time = time
        self.logger = logger
    }

    /// Takes in what changed. Updates must come in order; also while the process does not lead.
    public func handle(_ update: StoreUpdate) {
        objects = update.objects
        let changed = update.changed
        if changed.isEverything { due = Set(Area.allCases) }
        if !changed.ingresses.isEmpty || !changed.ingressClasses.isEmpty || !changed.services.isEmpty { due.insert(.ingresses) }
        if !changed.issuers.isEmpty { due.insert(.issuers) }
        if !changed.certificates.isEmpty { due.insert(.certificates) }
        if !due.isEmpty { wake?.yield() }
    }

    /// Takes in everything that is wrong beside what issuance itself reports: what routing, annotations and policies say.
    public func report(_ problems: Set<ReportedProblem>) {
        guard otherProblems != problems else { return }
        otherProblems = problems
        due.insert(.events)
        wake?.yield()
    }

    /// What keeps statuses from being written, for `certctl status`; sorted.
    public func problems() -> [String] {
        let fought = pacers.values.flatMap(\.givenUp).map { "the status of \($0) is left alone: another controller keeps rewriting it" }
        return (fought + (complaint.map { [$0] } ?? [])).sorted()
    }

    /// Tells, whenever the process leads, until the task is cancelled. Best started before issuance runs: what it does before that is
    /// not told.
    public func run() async {
        let (wakes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        wake = continuation
        let changes = await issuance.changes()
        await withTaskGroup { group in
            group.addTask { [self] in for await _ in changes { await factsChanged() } }
            group.addTask { [self] in for await _ in leadership.changes() { await lookNow() } }
            group.addTask { [self] in
                for await _ in wakes {
                    await pass()
                    guard (try? await time.sleep(for: Pace.interval)) != nil else { return }
                }
            }
            await group.waitForAll()
        }
        timer?.cancel()
        timer = nil
        wake = nil
        resign()
    }

    /// Begins a time in office.
    func takeOver(_ facts: [CertificateFact]) {
        told = ReportedState(facts: facts)
        pacers = [:]
        due = Set(Area.allCases)
    }

    /// Ends one: what was told in it is not known to be what the next leader tells.
    func resign() {
        told = nil
        pacers = [:]
    }

    private func factsChanged() {
        due.formUnion([.events, .issuers, .certificates])
        wake?.yield()
    }

    /// Looks again at every status at that moment.
    func look(at moment: Date) {
        timer?.cancel()
        let time = time
        timer = Task { [weak self] in
            guard (try? await time.sleep(until: moment)) != nil else { return }
            await self?.lookNow()
        }
    }

    private func lookNow() {
        due.formUnion([.ingresses, .issuers, .certificates])
        wake?.yield()
    }

    /// Another pass follows this one, for what it has left.
    func lookSoon(_ area: Area) {
        due.insert(area)
        wake?.yield()
    }
}
