internal import Core
internal import FoundationEssentials
internal import PKI

/// One run of ``OrderDriver``: the machine, and what its actions work on.
struct OrderRun {
    let driver: OrderDriver
    let request: OrderRequest
    let subject: String
    /// RFC 7638 thumbprint of the account key: the second half of every key authorization.
    let thumbprint: String
    var machine: OrderMachine
    var record: OrderRecord?
    var key: PrivateKey?
    var latest: ACMEClient.OrderAnswer?
    var issued: IssuedCertificate?
    var presented: [PresentedChallenge] = []
    /// The names of authorizations, by URL.
    private var names: [String: String] = [:]
    /// The name whose challenge was presented last.
    private var nameShown = ""

    init(driver: OrderDriver, request: OrderRequest, record: OrderRecord?) {
        self.driver = driver
        self.request = request
        let subject = "order for \(request.namesShown)"
        self.subject = subject
        thumbprint = driver.account.key.jwk.thumbprint
        var start = OrderMachine.Start.anew
        // A key that cannot be read can have no certificate that is worth anything, so it is replaced.
        if let record, record.serves(request, directoryURL: driver.client.directoryURL),
            let key = try? PrivateKey(pem: record.privateKeyPEM)
        {
            self.record = record
            self.key = key
            // An order of another account cannot be read; the key is good for the new one.
            let isOurs = record.orderURL != nil && record.accountURL == driver.account.url
            start = isOurs ? .resuming(orderedAt: record.orderedAt) : .withKey
        }
        let isResumed = if case .resuming = start { true } else { false }
        machine = OrderMachine(start: start, request: request, leftOut: isResumed ? self.record?.leftOut ?? [] : [])
    }

    /// Runs the machine to a final state.
    mutating func finish() async throws(ACMEError) -> IssuedCertificate {
        var action = machine.begin()
        while true {
            switch action {
            case .deliver:
                await takeChallengesBack()
                guard let issued else { throw ours("delivery without a certificate") }
                return issued
            case .stop(let error):
                // A stopped run leaves its challenges in place: the CA may be looking right now.
                if case .failed = machine.state { await takeChallengesBack() }
                throw error.redacting(thumbprint)
            case .prepare, .createOrder, .recordOrder, .readOrder, .readAuthorization, .present, .respond, .finalize, .download,
                .clearOrder:
                let from = machine.state
                let event = await perform(action)
                let reached = OrderMilestone(event, of: action, url: latest?.url, presented: presented.last?.orderedName)
                let work = work(of: action, in: from, event)
                action = machine.apply(event, at: driver.time.now())
                driver.observe(
                    OrderDriver.Step(
                        work: work, from: from.name, event: event.name, to: machine.state.name,
                        milestones: [reached, OrderMilestone(beginning: action)].compactMap { $0 },
                        failure: failure(event).map { $0.redacting(thumbprint).description }))
            }
        }
    }

    private mutating func perform(_ action: OrderMachine.Action) async -> OrderMachine.Event {
        do {
            switch action {
            case .prepare: return try await prepare()
            case .createOrder(let names, let replaces): return try await createOrder(names, replaces: replaces)
            case .recordOrder: return try await save(orderURL: latest?.url)
            case .clearOrder: return try await save(orderURL: nil)
            case .readOrder(let delay): return try await readOrder(after: delay)
            case .readAuthorization(let url, let delay): return try await readAuthorization(url, after: delay)
            case .present(let authorization, let challenge): return try await present(challenge, of: authorization)
            case .respond(let challenge):
                try await driver.client.respond(to: challenge, account: driver.account)
                return .responded
            case .finalize: return try await finalize()
            case .download(let url): return try await download(url)
            case .deliver, .stop: return .interrupted(ours("performed a final action"))
            }
        } catch {
            return OrderRun.event(for: error, in: action)
        }
    }

    /// What an action is a part of, for those who watch.
    private mutating func work(
        of action: OrderMachine.Action, in state: OrderMachine.State, _ event: OrderMachine.Event
    ) -> OrderDriver.Step.Work {
        switch action {
        case .readAuthorization(let url, _):
            if case .authorization(let authorization, _) = event { names[url] = authorization.name }
            return .authorization(name: names[url] ?? url)
        case .present(let authorization, let challenge):
            nameShown = authorization.name
            return .challenge(name: authorization.name, type: challenge.type)
        case .respond: return .authorization(name: nameShown)
        case .finalize: return .finalize
        case .download: return .download
        case .readOrder:
            switch state {
            case .reading(.unclear), .reading(.processing): return .finalize
            default: return .order
            }
        case .prepare, .createOrder, .recordOrder, .clearOrder, .deliver, .stop: return .order
        }
    }

    /// What went wrong with the last event, or the order by it.
    private func failure(_ event: OrderMachine.Event) -> ACMEError? {
        switch (machine.state, event) {
        case (.clearing(let error), _), (.stopped(let error), _), (_, .unavailable(let error)), (_, .gone(let error)),
            (_, .unclear(let error)), (_, .refused(let error)), (_, .interrupted(let error)):
            error
        default: nil
        }
    }

    private mutating func takeChallengesBack() async {
        for challenge in presented { await driver.responder.remove(challenge) }
        presented = []
    }

    func ours(_ reason: String) -> ACMEError { ACMEError(.ours, fault: .ours, subject: subject, reason: reason) }

    func pause(_ duration: Duration) async throws(ACMEError) {
        guard duration > .zero else { return }
        do { try await driver.time.sleep(for: duration) } catch { throw .cancelled(subject) }
    }
}
