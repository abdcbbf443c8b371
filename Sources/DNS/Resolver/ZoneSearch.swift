/// Finds the zone that holds a name.
enum ZoneSearch {
    /// Asks for the SOA record of the name and of its parents, nearest first.
    ///
    /// A negative answer names the zone, too (RFC 2308 §2.1), so that one question is usually enough; an alias's answer speaks about another
    /// name and is not looked at.
    static func zone(
        of name: DomainName, asking ask: (Question) async throws(DNSError) -> Answer
    ) async throws(DNSError) -> DomainName {
        var next: DomainName? = name
        while let current = next, current != .root {
            let answer = try await ask(Question(name: current, type: .soa))
            if answer.aliases == 0 {
                if !answer.records.isEmpty { return current }
                if let zone = answer.negativeZone, zone != .root { return zone }
            }
            next = current.parent
        }
        throw DNSError(.noZone, subject: "SOA \(name)")
    }
}
