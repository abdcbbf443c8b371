internal import Core

extension CAA {
    /// What one `issue` or `issuewild` record says about a request.
    enum Judgement: Hashable {
        case permits
        /// Why not, as the rest of a sentence that begins with the record.
        case forbids(String)
        /// What would have to be known.
        case undecided(String)
    }

    /// Tags whose meaning is known and does not restrict the issuance of TLS certificates: RFC 8659 §4.4, RFC 9495, CA/Browser Forum BR A.1.
    static let harmlessTags: Set<String> = ["iodef", "issuemail", "issuevmc", "contactemail", "contactphone"]

    static func judge(_ record: CAARecord, for request: Request) -> Judgement {
        let value = CAAIssueValue(record.value)
        guard let issuer = value.issuer else { return .forbids("names no CA") }
        guard !request.identities.isEmpty else {
            return .undecided("names \(issuer), but this CA does not say which names it goes by (caaIdentities of its directory)")
        }
        guard request.identities.contains(where: { $0.lowercased() == issuer }) else { return .forbids("names another CA") }
        let judgements = [account(value, for: request), method(value, for: request)]
        return judgements.first { if case .forbids = $0 { true } else { false } } ?? judgements.first { $0 != .permits } ?? .permits
    }

    /// RFC 8657 §3.
    private static func account(_ value: CAAIssueValue, for request: Request) -> Judgement {
        let accounts = value.values(of: "accounturi")
        guard let account = accounts.first else { return .permits }
        guard accounts.count == 1 else { return .forbids("has accounturi more than once, which no account satisfies") }
        guard let ours = request.accountURL else {
            return .undecided("is bound to the account \(shown(account)), and there is no account yet")
        }
        return account == ours ? .permits : .forbids("is bound to the account \(shown(account)), ours is \(shown(ours))")
    }

    /// RFC 8657 §4.
    private static func method(_ value: CAAIssueValue, for request: Request) -> Judgement {
        let lists = value.values(of: "validationmethods")
        guard let list = lists.first else { return .permits }
        guard lists.count == 1 else { return .forbids("has validationmethods more than once, which no method satisfies") }
        guard let ours = request.validationMethod else {
            return .undecided("allows only validation by \(shown(list)), and it is not known yet how this name will be validated")
        }
        let isListed = list.split(separator: ",").contains { $0.lowercased() == ours.lowercased() }
        return isListed ? .permits : .forbids("allows only validation by \(shown(list)), not by \(ours)")
    }

    private static func shown(_ text: String) -> String { text.oneLine(bytesMax: DNSLimits.wordsBytesMax) }
}
