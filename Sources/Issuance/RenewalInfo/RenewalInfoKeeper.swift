internal import ACME
internal import Core
internal import FoundationEssentials
internal import KubernetesAPI
internal import Logging
internal import PKI
internal import Store

/// Asks the CAs when certificates should be renewed (RFC 9773), and keeps the moment that it chooses with the certificate. One for each
/// time in office.
///
/// A certificate is asked about as often as its CA wants; the first time within hours of our start, so that a hundred thousand
/// certificates make a trickle and no burst. The store's own updates bring the choice to the plan.
actor RenewalInfoKeeper {
    /// A certificate that a CA may be asked about.
    struct Subject: Hashable, Sendable {
        /// SHA-256 in lower-case hex.
        let certificate: String
        /// RFC 9773 §4.1.
        let identifier: ARICertificateID
        /// Who issued it.
        let issuer: NamespacedName
        let spec: ACMEIssuerSpec
        let notAfter: Date
    }

    private let store: any Store
    private let sessions: ACMESessions
    private let time: any TimeSource
    private let logger: Logger
    private let draw: @Sendable () -> Double
    /// Whether a CA says when to renew, by issuer; unknown until its directory was read.
    private var isOffered: [NamespacedName: Bool] = [:]
    private var asked: [NamespacedName: Task<Void, Never>] = [:]
    /// Certificates of issuers whose CA is not known yet.
    private var waiting: [NamespacedName: Subject] = [:]
    private var failures: [NamespacedName: Int] = [:]
    private var loop: PollLoop<Subject>?
    private var isStopped = false

    init(
        store: any Store, sessions: ACMESessions, time: any TimeSource, logger: Logger,
        draw: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.store = store
        self.sessions = sessions
        self.time = time
        self.logger = logger
        self.draw = draw
    }

    /// Takes over what changed; nil for a certificate that nobody is to be asked about.
    func follow(_ changes: [NamespacedName: Subject?]) async {
        guard !isStopped else { return }
        var known: [NamespacedName: Subject?] = [:]
        for (secret, subject) in changes {
            waiting[secret] = nil
            switch subject.map({ isOffered[$0.issuer] }) {
            case nil, false??: known[secret] = .some(nil)
            case true??: known[secret] = subject
            case .some(nil):
                waiting[secret] = subject
                if let subject { learn(subject.issuer, subject.spec) }
            }
            failures[secret] = nil
        }
        await polls().follow(known)
    }

    /// Ends it and waits.
    func stop() async {
        isStopped = true
        for task in asked.values { task.cancel() }
        await loop?.stop()
    }

    private func polls() -> PollLoop<Subject> {
        if let loop { return loop }
        let made = PollLoop<Subject>(
            PollLoop.Settings(
                spread: IssuanceLimits.renewalInfoSpread, atOnceMax: IssuanceLimits.pollsAtOnceMax, pause: IssuanceLimits.pollPause),
            time: time
        ) { [weak self] secret, subject in
            await self?.ask(secret, subject)
        }
        loop = made
        return made
    }

    /// Reads the directory of an issuer's CA, once; a CA that cannot be reached is tried again with the next certificate, or after a while.
    private func learn(_ issuer: NamespacedName, _ spec: ACMEIssuerSpec) {
        guard asked[issuer] == nil else { return }
        asked[issuer] = Task { [weak self, sessions, time] in
            while !Task.isCancelled {
                if let directory = try? await sessions.client(of: issuer, spec).directory() {
                    await self?.learned(issuer, isOffered: directory.renewalInfo != nil)
                    return
                }
                guard (try? await time.sleep(for: IssuanceLimits.renewalInfoRetry)) != nil else { return }
            }
        }
    }

    private func learned(_ issuer: NamespacedName, isOffered: Bool) async {
        self.isOffered[issuer] = isOffered
        asked[issuer] = nil
        let ready = waiting.filter { $0.value.issuer == issuer }
        for secret in ready.keys { waiting[secret] = nil }
        guard isOffered, !isStopped else { return }
        await polls().follow(ready.mapValues { .some($0) })
    }

    /// One question about one certificate.
    private func ask(_ secret: NamespacedName, _ subject: Subject) async -> Date? {
        let now = time.now()
        guard subject.notAfter > now else { return nil }
        do {
            let client = try await sessions.client(of: subject.issuer, subject.spec)
            guard let info = try await client.renewalInfo(for: subject.identifier) else { return nil }
            failures[secret] = nil
            let window = RenewalWindow(start: info.windowStart, end: info.windowEnd, explanationURL: info.explanationURL)
            try await keep(window, secret, subject)
            return now.addingTimeInterval(info.retryAfter.seconds)
        } catch {
            guard !Task.isCancelled else { return nil }
            let count = (failures[secret] ?? 0) + 1
            failures[secret] = count
            let level: Logger.Level = count == 1 ? .debug : .info
            logger.log(
                level: level, "the CA does not say when to renew", metadata: ["secret": "\(secret)", "error": "\(error)"])
            let wait = IssuanceLimits.renewalInfoRetry * Double(1 << min(count - 1, 6))
            let next = now.addingTimeInterval(min(wait, IssuanceLimits.renewalInfoRetryMax).seconds)
            return max(next, (error as? ACMEError)?.retryAfter ?? next)
        }
    }

    /// Chooses a moment in a window that is new, and writes it down.
    private func keep(_ window: RenewalWindow, _ name: NamespacedName, _ subject: Subject) async throws {
        guard var secret = try await store.secret(name), SecretRole(of: secret) == .certificate,
            TargetSecret(reading: secret).leaf?.certificate?.sha256Fingerprint == subject.certificate
        else { return }
        let before = ChosenRenewal(annotation: secret.metadata.annotations[ObjectKeys.renewalAnnotation])
        var chosen = ChosenRenewal(in: window, certificate: subject.certificate, draw: draw())
        if let before, before.certificate == subject.certificate, before.window.isSameTime(as: chosen.window) {
            if before.window.explanationURL == window.explanationURL { return }
            chosen.moment = before.moment
        }
        secret.metadata.annotations[ObjectKeys.renewalAnnotation] = chosen.annotation
        let condition = secret.metadata.resourceVersion.map { WriteCondition.version($0) } ?? .any
        try await store.put(secret, expecting: condition)
        logger.info(
            "the CA says when to renew",
            metadata: [
                "secret": "\(name)", "from": "\(window.start.formatted(.iso8601))", "to": "\(window.end.formatted(.iso8601))",
                "chosen": "\(chosen.moment.formatted(.iso8601))", "explanation": "\(ShownText.line(window.explanationURL ?? ""))",
            ])
    }
}

extension RenewalWindow {
    /// Whether two windows are one; what is kept has whole seconds.
    func isSameTime(as other: RenewalWindow) -> Bool {
        abs(start.timeIntervalSince(other.start)) < 1 && abs(end.timeIntervalSince(other.end)) < 1
    }
}
