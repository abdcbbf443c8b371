internal import ACME
internal import Core
internal import FoundationEssentials
internal import Synchronization

/// How far the orders of one attempt are, written by whoever drives them and read by whoever reports.
final class OrderProgressBoard: Sendable {
    private let progress: Mutex<OrderProgress?> = Mutex(nil)

    /// What there is; nil before an order.
    var snapshot: OrderProgress? { progress.withLock(\.self) }

    /// An order at this CA begins, or is gone on with.
    func begin(directory: String, account: String, names: [String], at now: Date) {
        progress.withLock { $0 = OrderProgress(directory: directory, account: account, names: names, at: now) }
    }

    /// It has come this far.
    func note(_ milestone: OrderMilestone, at now: Date) { progress.withLock { $0?.take(milestone, at: now) } }

    /// The attempt failed.
    func fail(_ words: String, at now: Date) { progress.withLock { $0?.fail(words, at: now) } }
}

extension OrderProgress {
    /// A run that has its account.
    init(directory: String, account: String, names: [String], at now: Date) {
        let authorizations = names.map { Step(.authorization, name: $0, .waiting) }
        self.init(
            directory: directory,
            steps: [Step(.account, .done, at: now, detail: account), Step(.order, .waiting)] + authorizations
                + [Step(.finalize, .waiting), Step(.download, .waiting)])
    }

    /// Takes in what happened.
    mutating func take(_ milestone: OrderMilestone, at now: Date) {
        switch milestone {
        case .ordering:
            // What was proved for an order before counts for this one as well, as the CA will say.
            for index in steps.indices where steps[index].kind != .account { steps[index].reset() }
            url = nil
            set(.order, .running, at: now)
        case .ordered(let url):
            // An order that is polled is no news.
            guard self.url != url else { return }
            self.url = url
            set(.order, .done, at: now, detail: url)
        case .presenting(let name, let challenge): set(.authorization, of: name, .running, at: now, detail: "\(challenge) is put in place")
        case .asked(let name): set(.authorization, of: name, .running, at: now, detail: "the CA looks")
        case .proved(let name): set(.authorization, of: name, .done, at: now)
        case .refuted(let name, let words): set(.authorization, of: name, .failed, at: now, detail: ShownText.line(words, bytesMax: 1024))
        case .finalizing:
            // The CA does not say so of each.
            for name in steps.filter({ $0.kind == .authorization && $0.state != .failed }).compactMap(\.name) {
                set(.authorization, of: name, .done, at: now)
            }
            set(.finalize, .running, at: now)
        case .downloading:
            set(.finalize, .done, at: now)
            set(.download, .running, at: now)
        case .issued: set(.download, .done, at: now)
        }
    }

    /// Whatever was under way ended so.
    mutating func fail(_ words: String, at now: Date) {
        // With a name at fault the words stand there already.
        guard !steps.contains(where: { $0.state == .failed }), let current = steps.firstIndex(where: { $0.state != .done }) else { return }
        steps[current].state = .failed
        steps[current].at = now
        steps[current].detail = ShownText.line(words, bytesMax: 1024)
    }

    private mutating func set(_ kind: Step.Kind, of name: String? = nil, _ state: Step.State, at now: Date, detail: String? = nil) {
        guard let index = steps.firstIndex(where: { $0.kind == kind && $0.name == name }) else { return }
        // The moment is that of the first word of it.
        guard steps[index].state != state || (detail != nil && steps[index].detail != detail) else { return }
        steps[index].state = state
        steps[index].at = now
        steps[index].detail = detail
    }
}

extension OrderProgress.Step {
    fileprivate mutating func reset() {
        state = .waiting
        at = nil
        detail = nil
    }
}
