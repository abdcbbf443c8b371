internal import Core

extension IssuancePolicy.Allowed {
    /// What a rule says, and about what.
    func explain(_ question: Question, _ rule: PolicyRule) -> PolicyExplanation.Rule {
        let isAllowed = allows(question, rule)
        return PolicyExplanation.Rule(
            rule: rule, isAllowed: isAllowed, got: got(question, rule, isAllowed: isAllowed), allowed: limit(rule))
    }

    private func got(_ question: Question, _ rule: PolicyRule, isAllowed: Bool) -> String {
        let intent = question.intent
        switch rule {
        case .dnsNames:
            let names = question.names.filter { name in isAllowed || !dnsNames.contains { $0.contains(name) } }
            return Words.list(names.map(\.name.ascii))
        case .wildcards: return Words.list(intent.dnsNames.filter(\.isWildcard).map(\.ascii))
        case .ipAddresses:
            let addresses = intent.ipAddresses.filter { address in isAllowed || !ipAddresses.contains { $0.contains(address) } }
            return Words.list(addresses.map { IPAddressText.text(of: $0) ?? "" })
        case .commonName: return intent.commonName.map { "\"\($0.oneLine(bytesMax: 80))\"" } ?? "none"
        case .privateKey: return intent.key.description
        case .lifetime: return intent.lifetime.map(Words.hours) ?? "the CA decides"
        case .profile: return intent.profile.map { "\"\($0.oneLine(bytesMax: 80))\"" } ?? "none"
        case .maxNames: return "\(intent.dnsNames.count + intent.ipAddresses.count)"
        }
    }

    private func limit(_ rule: PolicyRule) -> String {
        switch rule {
        case .dnsNames: return Words.list(dnsNames.map(\.description))
        case .wildcards: return wildcards ? "yes" : "no"
        case .ipAddresses: return Words.list(ipAddresses.map(\.description))
        case .commonName:
            return "one of the names" + (commonNames.isEmpty ? "" : " or " + Words.list(commonNames.map(\.description), last: "or"))
        case .privateKey: return privateKeys.map { Words.list($0.map(\.description)) } ?? "any"
        case .lifetime:
            switch (lifetimeMin, lifetimeMax) {
            case (nil, nil): return "any"
            case (let least?, nil): return "at least \(Words.hours(least))"
            case (nil, let most?): return "at most \(Words.hours(most))"
            case (let least?, let most?): return "\(Words.hours(least)) to \(Words.hours(most))"
            }
        case .profile: return profiles.map { Words.list($0.map { $0.isEmpty ? "none" : $0 }) } ?? "any"
        case .maxNames: return namesMax.map { "at most \($0)" } ?? "any number"
        }
    }
}

/// Parts of sentences.
enum Words {
    /// The first few of a list, and how many more there are; `none` without any.
    static func list(_ items: [String], separator: String = ", ", last: String? = nil) -> String {
        if items.isEmpty { return "none" }
        guard items.count <= PolicyLimits.shownMax else {
            return items.prefix(PolicyLimits.shownMax).joined(separator: separator) + separator
                + "and \(items.count - PolicyLimits.shownMax) more"
        }
        guard let last, items.count > 1 else { return items.joined(separator: separator) }
        return items.dropLast().joined(separator: separator) + " \(last) " + (items.last ?? "")
    }

    /// A duration in the unit in which lifetimes are written.
    static func hours(_ duration: Duration) -> String {
        let hours = duration.seconds / 3600
        return hours == hours.rounded() ? "\(Int(hours))h" : "\(Int(duration.seconds))s"
    }
}
