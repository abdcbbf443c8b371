public import Core
public import DNS
public import FoundationEssentials
internal import PKI

/// What a TXT record must say so that a CA takes it as standing proof of control, and whether one that is there does.
/// draft-ietf-acme-dns-persist-02, and the form of 00 and 01 for CAs that do not advertise an account hash prefix.
///
/// The record is the operator's to create, once: nothing in it changes with an order.
public struct DNSPersist01: Hashable, Sendable {
    /// The names by which the CA is known in such records, of its challenge or of its directory. At least one; the first is proposed.
    public let issuerDomainNames: [String]
    /// `meta.accountHashPrefix` of the CA's directory (draft 02); nil for a CA of an earlier draft, whose records hold the account's URL.
    public let accountHashPrefix: String?
    /// The URL of the ACME account.
    public let accountURL: String
    /// The account key's thumbprint, base64url. RFC 7638.
    public let keyThumbprint: String

    /// Makes the rules for one account at one CA.
    ///
    /// - Throws: `.answer` when the CA's names or its prefix break the draft's rules: 1 to 10 lower-case A-label names, a prefix that can stand
    ///   in a record.
    public init(
        issuerDomainNames: [String], accountHashPrefix: String? = nil, accountURL: String, keyThumbprint: String
    ) throws(DNSProviderError) {
        let malformed = { (words: String) in DNSProviderError(.answer(words), "dns-persist-01") }
        guard (1...DNSProvidersLimits.issuerDomainNamesMax).contains(issuerDomainNames.count) else {
            throw malformed("the CA names \(issuerDomainNames.count) issuer domain names; 1 to 10 are allowed")
        }
        for name in issuerDomainNames {
            guard let checked = try? DNSName(parsing: name), checked.ascii == name, !checked.isWildcard else {
                throw malformed(
                    "the CA's issuer domain name \"\(name.oneLine(bytesMax: 64))\" is not a lower-case domain name without trailing dot")
            }
        }
        for (what, text) in [("account hash prefix", accountHashPrefix), ("account URL", accountURL)] {
            guard let text else { continue }
            let isHashed = what == "account URL" && accountHashPrefix != nil
            guard text.hasPrefix("https://") || text.hasPrefix("http://"), text.utf8.count <= 2048,
                text.utf8.allSatisfy({ isHashed ? (0x21...0x7E).contains($0) : IssueValue.isValueByte($0) })
            else { throw malformed("the CA's \(what) cannot stand in a record") }
        }
        self.issuerDomainNames = issuerDomainNames
        self.accountHashPrefix = accountHashPrefix
        self.accountURL = accountURL
        self.keyThumbprint = keyThumbprint
    }

    /// A record for an operator to create.
    public struct Record: Hashable, Sendable, CustomStringConvertible {
        /// `_validation-persist.<domain>`.
        public let name: DomainName
        /// The value, all character-strings joined.
        public let value: String

        /// A line of a zone file; long values in several character-strings (RFC 1035 §3.3).
        public var description: String {
            var strings: [String] = []
            var rest = Substring(value)
            repeat {
                strings.append("\"\(rest.prefix(255))\"")
                rest = rest.dropFirst(255)
            } while !rest.isEmpty
            return "\(name). IN TXT \(strings.joined(separator: " "))"
        }
    }

    /// What is there for a name.
    public enum Verdict: Hashable, Sendable, CustomStringConvertible {
        /// A record that lets this account prove the name, and until when.
        case valid(value: String, until: Date?)
        /// None; the record to create, and what is wrong with those that are there.
        case missing(Record, found: [String])
        /// Nobody could say.
        case unknown(DNSError)

        /// One line for an operator.
        public var description: String {
            switch self {
            case .valid(_, nil): "the dns-persist-01 record is there"
            case .valid(_, let until?): "the dns-persist-01 record is there and ends at \(until.formatted(.iso8601))"
            case .missing(let record, let found):
                (found.isEmpty ? "no dns-persist-01 record at \(record.name)" : found.joined(separator: "; ")) + "; create: \(record)"
            case .unknown(let error): "the dns-persist-01 record cannot be looked up: \(error)"
            }
        }
    }

    /// `_validation-persist.<domain>`, a wildcard at its parent.
    public static func recordName(of domain: DNSName) throws(DNSProviderError) -> DomainName {
        do {
            return try DomainName(domain).withoutWildcard.name.child("_validation-persist")
        } catch {
            throw DNSProviderError(.configuration("\(error)"), "dns-persist-01 for \(domain)")
        }
    }

    /// The record that proves a name.
    ///
    /// - Parameters:
    ///   - domain: A wildcard asks for `policy=wildcard`.
    ///   - isWildcard: Asks for it besides, to cover subdomains.
    ///   - until: When the record ends by itself; nil for never.
    public func record(for domain: DNSName, isWildcard: Bool = false, until: Date? = nil) throws(DNSProviderError) -> Record {
        let name = try DNSPersist01.recordName(of: domain)
        var value = "\(issuerDomainNames[0]); accounturi=\(accountURI(bareName(domain)))"
        if isWildcard || domain.isWildcard { value += "; policy=wildcard" }
        if let until { value += "; persistUntil=\(Int64(until.timeIntervalSince1970.rounded(.down)))" }
        return Record(name: name, value: value)
    }

    /// Looks the records up and judges them.
    public func verify(_ domain: DNSName, with resolver: DNSResolver, at now: Date) async throws(DNSProviderError) -> Verdict {
        let name = try DNSPersist01.recordName(of: domain)
        let values: [String]
        do {
            values = try await resolver.txt(name)
        } catch {
            return .unknown(error)
        }
        return try verdict(values, for: domain, at: now)
    }

    /// Judges the records at a name as the CA will.
    public func verdict(_ values: [String], for domain: DNSName, at now: Date) throws(DNSProviderError) -> Verdict {
        let name = try DNSPersist01.recordName(of: domain)
        var found: [String] = []
        for text in values.prefix(DNSProvidersLimits.persistRecordsMax) {
            switch judge(text, domain, at: now) {
            case .valid(let until): return .valid(value: text, until: until)
            case .foreign: continue
            case .faulty(let why): found.append("the record at \(name) \(why)")
            }
        }
        return .missing(try record(for: domain), found: found)
    }

    private enum Judgement {
        case valid(until: Date?)
        /// Of another CA, or no such record at all.
        case foreign
        case faulty(String)
    }

    private func judge(_ text: String, _ domain: DNSName, at now: Date) -> Judgement {
        let value: IssueValue
        switch IssueValue.parse(text) {
        case .failure(let fault):
            // Only one that names our CA is worth an operator's time.
            let isOurs = issuerDomainNames.contains { text.drop { $0 == " " || $0 == "\t" }.lowercased().hasPrefix($0) }
            return isOurs ? .faulty(fault.words) : .foreign
        case .success(let parsed): value = parsed
        }
        guard issuerDomainNames.contains(value.issuerDomainName) else { return .foreign }
        guard let accountURI = value["accounturi"], !accountURI.isEmpty else { return .faulty("has no accounturi") }
        let accepted =
            accountHashPrefix == nil ? [accountURL] : [self.accountURI(bareName(domain)), self.accountURI("*")]
        guard accepted.contains(accountURI) else { return .faulty("names another account, \(accountURI.oneLine(bytesMax: 200))") }
        var until: Date?
        if let text = value["persistuntil"] {
            guard let seconds = Int64(text), !text.hasPrefix("+") else { return .faulty("has a persistUntil that is not a whole number") }
            let end = Date(timeIntervalSince1970: Double(seconds))
            guard end > now else { return .faulty("ended at \(end.formatted(.iso8601)) by its persistUntil") }
            until = end
        }
        if domain.isWildcard, value["policy"]?.lowercased() != "wildcard" {
            return .faulty("has no policy=wildcard, which \(domain) needs")
        }
        return .valid(until: until)
    }

    /// The value of `accounturi`. Draft 02, Validation Record Format, item 3.
    private func accountURI(_ domain: String) -> String {
        guard let accountHashPrefix else { return accountURL }
        let name = Array(domain.utf8)
        let hash = sha256([UInt8(truncatingIfNeeded: name.count)] + name + Array(keyThumbprint.utf8) + Array(accountURL.utf8))
        return "\(accountHashPrefix)sha-256/\(Base64URL.encode(hash))"
    }

    private func bareName(_ domain: DNSName) -> String {
        domain.isWildcard ? String(domain.ascii.dropFirst(2)) : domain.ascii
    }
}
