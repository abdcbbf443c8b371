import Testing

@testable import KubernetesClient

@Suite("Reflector machine, Kubernetes API concepts: efficient detection of changes") struct ReflectorMachineTests {
    typealias Machine = ReflectorMachine
    typealias Page = ReflectorMachine.Page

    static let first = Page(continueToken: nil, limit: 500)

    /// A machine that has got to a state the way it would.
    static func machine(_ events: Machine.Event...) -> Machine {
        var machine = Machine(timing: ReflectorTiming())
        for event in events { _ = machine.apply(event, draw: 0) }
        return machine
    }

    static func failed(_ kind: ReflectorFailure.Kind) -> Machine.Event { .failed(ReflectorFailure(kind: kind)) }

    static let watching: [Machine.Event] = [.started, .page(continueToken: nil, resourceVersion: "10")]
    static func watching(_ events: Machine.Event...) -> Machine {
        var machine = Machine(timing: ReflectorTiming())
        for event in watching + events { _ = machine.apply(event, draw: 0) }
        return machine
    }

    @Test func `it lists page by page, then watches from the list's version`() {
        var machine = Self.machine()
        #expect(machine.apply(.started, draw: 0) == .list(Self.first))
        #expect(machine.apply(.page(continueToken: "a", resourceVersion: "9"), draw: 0) == .list(Page(continueToken: "a", limit: 500)))
        #expect(machine.apply(.page(continueToken: "b", resourceVersion: "9"), draw: 0) == .list(Page(continueToken: "b", limit: 500)))
        #expect(machine.apply(.page(continueToken: nil, resourceVersion: "9"), draw: 0) == .completeList(resourceVersion: "9"))
        #expect(machine.state == .watching(from: "9"))
    }

    @Test func `a watch is resumed from the last event or bookmark`() {
        var machine = Self.watching(.opened)
        #expect(machine.apply(.advanced(resourceVersion: "11"), draw: 0) == .deliver)
        #expect(machine.apply(.advanced(resourceVersion: "15"), draw: 0) == .deliver)
        #expect(machine.apply(.ended(isBrief: false), draw: 0) == .watch(from: "15"))
    }

    @Test(arguments: ["10", "9", "2"])
    func `an event that is not newer than what was seen is ignored`(_ version: String) {
        var machine = Self.watching(.opened)
        #expect(machine.apply(.advanced(resourceVersion: version), draw: 0) == .ignore)
        #expect(machine.state == .watching(from: "10"))
    }

    @Test func `versions that are no numbers are delivered unless they are the same`() {
        var machine = Self.machine(.started, .page(continueToken: nil, resourceVersion: "x"), .opened)
        #expect(machine.apply(.advanced(resourceVersion: "w"), draw: 0) == .deliver)
        #expect(machine.apply(.advanced(resourceVersion: "w"), draw: 0) == .ignore)
    }

    @Test func `410 in a watch lists at once, a second time with a pause`() {
        var machine = Self.watching(.opened)
        #expect(machine.apply(Self.failed(.expired), draw: 0) == .list(Self.first))
        _ = machine.apply(.page(continueToken: nil, resourceVersion: "20"), draw: 0)
        #expect(machine.apply(Self.failed(.expired), draw: 0) == .wait(.milliseconds(1600)))
        #expect(machine.apply(.waited, draw: 0) == .list(Self.first))
    }

    @Test func `a bookmark between two 410 makes the second one a first one`() {
        var machine = Self.watching(.opened, Self.failed(.expired), .page(continueToken: nil, resourceVersion: "20"))
        _ = machine.apply(.advanced(resourceVersion: "21"), draw: 0)
        #expect(machine.apply(Self.failed(.expired), draw: 0) == .list(Self.first))
    }

    @Test func `a continuation that expires begins the list anew, the second time in one piece`() {
        var machine = Self.machine(.started, .page(continueToken: "a", resourceVersion: "9"))
        #expect(machine.apply(Self.failed(.expired), draw: 0) == .list(Page(continueToken: nil, limit: 500, restarts: 1)))
        _ = machine.apply(.page(continueToken: "b", resourceVersion: "10"), draw: 0)
        #expect(machine.apply(Self.failed(.expired), draw: 0) == .list(Page(continueToken: nil, limit: nil, restarts: 2)))
        #expect(machine.apply(.page(continueToken: nil, resourceVersion: "11"), draw: 0) == .completeList(resourceVersion: "11"))
    }

    @Test func `a page that the server could not give is asked for again after a pause`() {
        var machine = Self.machine(.started, .page(continueToken: "a", resourceVersion: "9"))
        #expect(machine.apply(Self.failed(.failing), draw: 0) == .wait(.milliseconds(800)))
        #expect(machine.apply(.waited, draw: 0) == .list(Page(continueToken: "a", limit: 500)))
    }

    @Test func `an answer that cannot be read makes the pages smaller`() {
        var machine = Self.machine(.started)
        for limit in [250, 125, 62, 31, 15, 7, 3, 1, 1] {
            _ = machine.apply(Self.failed(.unusable), draw: 0)
            #expect(machine.apply(.waited, draw: 0) == .list(Page(continueToken: nil, limit: limit)))
        }
    }

    @Test func `pauses double up to thirty seconds, and chance adds up to as much again`() {
        var machine = Self.machine(.started)
        var pauses: [Machine.Action] = []
        for _ in 0..<8 {
            pauses.append(machine.apply(Self.failed(.unavailable), draw: 0))
            _ = machine.apply(.waited, draw: 0)
        }
        let expected: [Duration] = [800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000].map { .milliseconds($0) }
        #expect(pauses == expected.map { .wait($0) })
        #expect(machine.apply(Self.failed(.unavailable), draw: 0.5) == .wait(.seconds(45)))
    }

    @Test func `a server that says when to come back is not asked before`() {
        var machine = Self.machine(.started)
        let failure = ReflectorFailure(kind: .unavailable, retryAfter: .seconds(17))
        #expect(machine.apply(.failed(failure), draw: 0) == .wait(.seconds(17)))
    }

    @Test func `a watch without an answer is tried again from the same version, for as long as it takes`() {
        var machine = Self.watching()
        for _ in 0..<50 {
            _ = machine.apply(Self.failed(.unavailable), draw: 0)
            #expect(machine.apply(.waited, draw: 0) == .watch(from: "10"))
        }
    }

    @Test func `a version that the server does not reach is given up after three failures`() {
        var machine = Self.watching(Self.failed(.failing), .waited, Self.failed(.failing), .waited)
        _ = machine.apply(Self.failed(.failing), draw: 0)
        #expect(machine.apply(.waited, draw: 0) == .list(Self.first))
    }

    @Test func `a watch that ends in an instant without an event counts as a failure`() {
        var machine = Self.watching(.opened)
        #expect(machine.apply(.ended(isBrief: true), draw: 0) == .wait(.milliseconds(800)))
        #expect(machine.apply(.waited, draw: 0) == .watch(from: "10"))
        #expect(machine.apply(.ended(isBrief: true), draw: 0) == .wait(.milliseconds(1600)))
        _ = machine.apply(.waited, draw: 0)
        #expect(machine.apply(.ended(isBrief: false), draw: 0) == .watch(from: "10"))
        #expect(machine.failures == 0)
    }

    @Test func `a refused watch keeps its version, a missing resource is listed again`() {
        var refused = Self.watching(Self.failed(.refused))
        #expect(refused.apply(.waited, draw: 0) == .watch(from: "10"))
        var missing = Self.watching(Self.failed(.missing))
        #expect(missing.apply(.waited, draw: 0) == .list(Self.first))
    }

    @Test func `a wish for a list is granted in every state but the last`() {
        for var machine in [
            Self.machine(), Self.machine(.started), Self.machine(.started, .page(continueToken: "a", resourceVersion: "1")),
            Self.watching(), Self.watching(Self.failed(.unavailable)), Self.machine(.started, Self.failed(.failing)),
        ] {
            #expect(machine.apply(.relistWanted, draw: 0) == .list(Self.first))
        }
        var stopped = Self.machine(.stopped)
        #expect(stopped.apply(.relistWanted, draw: 0) == .stop)
    }

    @Test func `it stops in every state, and stays stopped`() {
        for var machine in [Self.machine(), Self.machine(.started), Self.watching(), Self.watching(Self.failed(.unavailable))] {
            #expect(machine.apply(.stopped, draw: 0) == .stop)
            #expect(machine.apply(.waited, draw: 0) == .stop)
        }
    }

    @Test(arguments: ReflectorFailure.Kind.allCases)
    func `every failure in a list and in a watch leads on`(_ kind: ReflectorFailure.Kind) {
        for var machine in [Self.machine(.started), Self.watching()] {
            switch machine.apply(Self.failed(kind), draw: 0) {
            case .wait: #expect(machine.apply(.waited, draw: 0) != .stop)
            case .list: break
            case .completeList, .watch, .deliver, .ignore, .stop: Issue.record("no way on after \(kind)")
            }
        }
    }

    @Test func `an error's code says which failure it is`() {
        func kind(_ code: APIError.Code, status: Int? = nil) -> ReflectorFailure.Kind? {
            ReflectorFailure(APIError(code: code, httpStatus: status, message: "", subject: "list x"))?.kind
        }
        #expect(kind(.gone) == .expired)
        #expect(kind(.notFound) == .missing)
        #expect(kind(.forbidden) == .refused)
        #expect(kind(.unauthorized) == .refused)
        #expect(kind(.badResponse) == .unusable)
        #expect(kind(.serverError) == .failing)
        #expect(kind(.timeout, status: 504) == .failing)
        #expect(kind(.timeout) == .unavailable)
        #expect(kind(.tooManyRequests) == .unavailable)
        #expect(kind(.cancelled) == nil)
        #expect(kind(.closed) == nil)
    }
}
