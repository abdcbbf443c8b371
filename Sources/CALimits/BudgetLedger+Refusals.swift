internal import Core
public import FoundationEssentials

/// What a CA says when it is asked too often (429, or `rateLimited` of RFC 8555 §6.7).
extension BudgetLedger {
    /// Notes the moment that the CA named, for those whom its words are about: the names or the registered domain that it quotes, the set
    /// of names, else the account.
    ///
    /// - Parameters:
    ///   - notBefore: Its `Retry-After`.
    ///   - words: Its problem document's detail.
    ///   - order: What was ordered.
    public mutating func note(notBefore: Date, words: String, order: OrderIntent, limits: [CALimit], at now: Date) {
        settle(at: now, limits: limits)
        let key = Refusal.key(for: words, order)
        var latest = CALimitsLimits.retryAfterMax
        if case .account = key, !Refusal.namesAccount(words) { latest = CALimitsLimits.unnamedRefusalMax }
        let moment = min(notBefore, now.addingTimeInterval(latest.seconds))
        guard moment > now else { return }
        refusals[key] = Refusal(notBefore: moment, words: Refusal.shortened(words))
        if refusals.count > CALimitsLimits.refusalsMax, let first = refusals.min(by: { $0.value.notBefore < $1.value.notBefore }) {
            refusals[first.key] = nil
        }
    }

    /// Whether the CA has said something that concerns an order.
    func refusal(of order: OrderIntent, at now: Date) -> Admission {
        // No CA that says so says it of renewals by ARI at Let's Encrypt; others may. Asking would cost one request.
        guard !refusals.isEmpty, !order.isARIRenewal else { return .now }
        var admission = Admission.now
        func look(_ key: Refusal.Key, _ scope: Admission.Hold.Scope) {
            guard let refusal = refusals[key], refusal.notBefore > now else { return }
            let latest = now.addingTimeInterval(CALimitsLimits.retryAfterMax.seconds)
            admission = admission.later(
                .notBefore(min(refusal.notBefore, latest), Admission.Hold(scope: scope, reason: "the CA said: \(refusal.words)")))
        }
        look(.account(order.account), .account)
        for domain in order.registeredDomains { look(.registeredDomain(domain), .registeredDomain(domain)) }
        look(.exactSet(BucketKey.set(order.names)), .names)
        for host in order.hosts { look(.host(account: order.account, host: host), .names) }
        return admission
    }
}

extension BudgetLedger.Refusal {
    /// Whom the words of a CA are about.
    static func key(for words: String, _ order: OrderIntent) -> Key {
        let text = words.lowercased()
        // Boulder, ratelimits: `… already issued for this exact set of identifiers …`, `… already issued for "example.com" …`,
        // `too many failed authorizations (5) for "a.example.com" …`.
        if text.contains("exact set of") { return .exactSet(BucketKey.set(order.names)) }
        let quoted = Set(text.split { !$0.isLetter && !$0.isNumber && !".-_:/".contains($0) }.map { $0.trimmingSuffix(".:") })
        if !text.contains("failed authorization"), let domain = order.registeredDomains.first(where: { quoted.contains($0) }) {
            return .registeredDomain(domain)
        }
        if let host = order.hosts.sorted().first(where: { quoted.contains($0) }) { return .host(account: order.account, host: host) }
        return .account(order.account)
    }

    /// Whether the words say that the account is at its limit.
    static func namesAccount(_ words: String) -> Bool { words.lowercased().contains("account") }

    /// One line of bounded length.
    static func shortened(_ words: String) -> String {
        let line = String(words.map { $0.isNewline ? " " : $0 })
        return line.utf8.count <= 300 ? line : String(decoding: line.utf8.prefix(297), as: UTF8.self) + "…"
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ characters: String) -> String {
        var text = self
        while let last = text.last, characters.contains(last) { text = text.dropLast() }
        return String(text)
    }
}
