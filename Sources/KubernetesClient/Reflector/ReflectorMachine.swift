/// What a reflector does next: list in pages, watch, wait. Pure; the driver performs each action and says how it went.
///
/// What is known stays in force whatever happens: only a complete list replaces it.
struct ReflectorMachine: Sendable {
    /// One page of a list.
    struct Page: Hashable, Sendable {
        /// Where to continue; nil for the first page.
        var continueToken: String?
        /// Objects at most; nil for all.
        var limit: Int?
        /// How often the continuation has expired in the middle of this list.
        var restarts = 0
    }

    enum State: Hashable, Sendable {
        case idle
        case listing(Page)
        case watching(from: String)
        case waiting(Next)
        case stopped
    }

    /// What is done after a wait.
    enum Next: Hashable, Sendable {
        case list(Page)
        case watch(from: String)
    }

    enum Event: Hashable, Sendable {
        case started
        /// A page has come; the last one has no continuation.
        case page(continueToken: String?, resourceVersion: String)
        /// The watch is there.
        case opened
        /// An event or a bookmark of the watch.
        case advanced(resourceVersion: String)
        /// The watch ended in order.
        case ended(isBrief: Bool)
        case failed(ReflectorFailure)
        /// Somebody wants everything anew.
        case relistWanted
        case waited
        case stopped
    }

    enum Action: Hashable, Sendable {
        case list(Page)
        /// The list is complete; watch from here.
        case completeList(resourceVersion: String)
        case watch(from: String)
        case wait(Duration)
        /// The event of the watch is new.
        case deliver
        /// It is not.
        case ignore
        case stop
    }

    private(set) var state = State.idle
    /// Failures in a row. Only a watch that gave something, or lived, ends the row: a list alone does not, since a server that
    /// answers lists and refuses watches would be asked for lists without end.
    private(set) var failures = 0
    /// Watches from one and the same version in a row that the server answered with a failure.
    private var doubts = 0
    private let timing: ReflectorTiming

    /// Failed watches in a row after which the version is doubted: a cluster that was restored from a backup refuses versions that
    /// it has not reached again yet.
    static let doubtfulFailures = 3
    /// Expired continuations of one list after which it is read in one piece, as client-go does.
    static let restartsMax = 2

    init(timing: ReflectorTiming) { self.timing = timing }

    private var firstPage: Page { Page(continueToken: nil, limit: timing.pageObjects) }

    /// - Parameter draw: 0..<1, different each time; spreads the pauses.
    mutating func apply(_ event: Event, draw: Double) -> Action {
        switch (state, event) {
        case (.stopped, _): return .stop
        case (_, .stopped): return enter(.stopped, .stop)
        case (.idle, .started), (.idle, .relistWanted): return list(firstPage)

        case (.listing(let page), .page(let token, let version)):
            guard let token, !token.isEmpty else {
                doubts = 0
                return enter(.watching(from: version), .completeList(resourceVersion: version))
            }
            return list(Page(continueToken: token, limit: page.limit, restarts: page.restarts))
        case (.listing(let page), .failed(let failure)): return listFailed(page, failure, draw)
        case (.listing, .relistWanted): return list(firstPage)

        case (.watching, .opened): return .ignore
        case (.watching(let held), .advanced(let version)): return advance(held, to: version)
        case (.watching(let version), .ended(let isBrief)):
            if isBrief { return wait(.watch(from: version), nil, draw) }
            (failures, doubts) = (0, 0)
            return .watch(from: version)
        case (.watching(let version), .failed(let failure)): return watchFailed(version, failure, draw)
        case (.watching, .relistWanted): return list(firstPage)

        case (.waiting(.list(let page)), .waited): return list(page)
        case (.waiting(.watch(let version)), .waited): return enter(.watching(from: version), .watch(from: version))
        case (.waiting, .relistWanted): return list(firstPage)

        case (.idle, _), (.listing, _), (.watching, _), (.waiting, _):
            // The driver feeds each state what its action brings, and nothing else.
            preconditionFailure("reflector: \(event) while \(state)")
        }
    }

    /// An event that comes twice is taken once: versions only grow within a watch.
    private mutating func advance(_ held: String, to version: String) -> Action {
        (failures, doubts) = (0, 0)
        if held == version || ResourceVersion.isOlder(version, than: held) == true { return .ignore }
        return enter(.watching(from: version), .deliver)
    }

    private mutating func listFailed(_ page: Page, _ failure: ReflectorFailure, _ draw: Double) -> Action {
        switch failure.kind {
        case .expired where page.continueToken != nil && page.restarts < Self.restartsMax:
            let restarts = page.restarts + 1
            return list(Page(continueToken: nil, limit: restarts == Self.restartsMax ? nil : timing.pageObjects, restarts: restarts))
        case .expired, .missing, .refused: return wait(.list(firstPage), failure.retryAfter, draw)
        case .unusable:
            // Perhaps too much for one answer.
            var smaller = page
            smaller.limit = page.limit.map { max(1, $0 / 2) } ?? timing.pageObjects
            return wait(.list(smaller), failure.retryAfter, draw)
        case .failing, .unavailable: return wait(.list(page), failure.retryAfter, draw)
        }
    }

    private mutating func watchFailed(_ version: String, _ failure: ReflectorFailure, _ draw: Double) -> Action {
        switch failure.kind {
        case .expired:
            if failures > 0 { return wait(.list(firstPage), failure.retryAfter, draw) }
            failures = 1
            return list(firstPage)
        case .missing, .unusable: return wait(.list(firstPage), failure.retryAfter, draw)
        case .failing:
            doubts += 1
            let isDoubtful = doubts >= Self.doubtfulFailures
            return wait(isDoubtful ? .list(firstPage) : .watch(from: version), failure.retryAfter, draw)
        case .refused, .unavailable: return wait(.watch(from: version), failure.retryAfter, draw)
        }
    }

    private mutating func list(_ page: Page) -> Action { enter(.listing(page), .list(page)) }

    private mutating func wait(_ next: Next, _ atLeast: Duration?, _ draw: Double) -> Action {
        failures += 1
        return enter(.waiting(next), .wait(timing.pause(failures: failures, atLeast: atLeast, draw: draw)))
    }

    private mutating func enter(_ next: State, _ action: Action) -> Action {
        state = next
        return action
    }
}
