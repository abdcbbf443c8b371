internal import Core
internal import FoundationEssentials

/// Looks at many subjects again and again, each in its own time: the first looks spread, few at once, and never faster than a pace, also
/// when a clock that jumped makes all of them due. Sleeps only while there is something to look at.
actor PollLoop<Subject: Hashable & Sendable> {
    /// How it goes about it.
    struct Settings: Sendable {
        /// The first look at a subject comes within this time.
        var spread: Duration
        /// Looks at the same time.
        var atOnceMax: Int
        /// The least time between two rounds of ``atOnceMax`` looks.
        var pause: Duration
    }

    /// One look; the moment of the next, or nil for none.
    typealias Look = @Sendable (NamespacedName, Subject) async -> Date?

    private let settings: Settings
    private let time: any TimeSource
    private let look: Look
    private var subjects: [NamespacedName: Subject] = [:]
    private var queue = DueQueue<NamespacedName>()
    private var loop: Task<Void, Never>?
    /// When the loop wakes; nil while it looks.
    private var wakes: Date?
    private var isStopped = false

    init(_ settings: Settings, time: any TimeSource, look: @escaping Look) {
        self.settings = settings
        self.time = time
        self.look = look
    }

    /// Takes over what changed: a subject that is as before keeps its turn, nil ends the looks.
    func follow(_ changes: [NamespacedName: Subject?]) {
        guard !isStopped else { return }
        let now = time.now()
        for (key, subject) in changes where subjects[key] != subject {
            subjects[key] = subject
            if subject == nil {
                queue.remove(key)
            } else {
                queue.set(key, due: now.addingTimeInterval(settings.spread.seconds * RenewalSchedule.unitHash(key)))
            }
        }
        wake()
    }

    /// Looks at one out of turn.
    func hurry(_ key: NamespacedName) {
        guard subjects[key] != nil else { return }
        queue.set(key, due: time.now())
        wake()
    }

    /// Ends it and waits.
    func stop() async {
        isStopped = true
        let loop = loop
        loop?.cancel()
        await loop?.value
    }

    /// Starts the loop, or wakes it when something is due before it would wake by itself.
    private func wake() {
        guard !isStopped, let next = queue.next() else { return }
        if loop == nil {
            start(after: next)
        } else if let wakes, next < wakes {
            loop?.cancel()
            start(after: next)
        }
    }

    private func start(after due: Date) {
        wakes = due
        let time = time
        loop = Task { [weak self] in
            guard (try? await time.sleep(until: due)) != nil else { return }
            await self?.go()
        }
    }

    /// Rounds until nothing is due, then a sleep.
    private func go() async {
        wakes = nil
        while !isStopped, !Task.isCancelled {
            let due = takeDue()
            guard !due.isEmpty else { break }
            await withTaskGroup(of: Void.self) { group in
                for (key, subject) in due { group.addTask { await self.look(at: key, subject) } }
            }
            guard queue.next().map({ $0 <= time.now() }) ?? false else { break }
            guard (try? await time.sleep(for: settings.pause)) != nil else { break }
        }
        loop = nil
        wake()
    }

    private func takeDue() -> [(NamespacedName, Subject)] {
        var due: [(NamespacedName, Subject)] = []
        while due.count < settings.atOnceMax, let key = queue.pop(at: time.now()) {
            if let subject = subjects[key] { due.append((key, subject)) }
        }
        return due
    }

    private func look(at key: NamespacedName, _ subject: Subject) async {
        let next = await look(key, subject)
        // Another one may have come in its place meanwhile.
        guard subjects[key] == subject, queue.due(key) == nil else { return }
        if let next { queue.set(key, due: next) }
    }
}
