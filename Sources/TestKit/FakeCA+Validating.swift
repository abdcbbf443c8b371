internal import ACME
internal import FoundationEssentials
internal import PKI

/// How the CA looks at challenges. RFC 8555 §8, RFC 8737 §3.
extension FakeCA {
    func verdict(on authorization: AuthorizationState, type: String, expected: String, account: String) async -> Problem? {
        let host = authorization.identifier.value
        if let scripted = settings.failures[host] ?? settings.failuresByType[type]?[host] { return scripted }
        switch type {
        case "http-01": return judge(await validate(host, authorization.token), expected, "Fetching http://\(host)/: Connection refused")
        case "tls-alpn-01":
            guard let probe = probes.tlsALPN01 else { break }
            let digest = await probe(host).map(Base64URL.encode)
            return judge(digest, Base64URL.encode(sha256(Array(expected.utf8))), "Connecting to \(host):443: Connection refused")
        case "dns-01":
            guard let probe = probes.txt else { break }
            let wanted = Base64URL.encode(sha256(Array(expected.utf8)))
            let found = await probe("_acme-challenge.\(host)")
            return found.contains(wanted) ? nil : missing("no TXT record with the right value at _acme-challenge.\(host)")
        case "dns-persist-01":
            guard let probe = probes.txt else { break }
            let found = await probe("_validation-persist.\(host)")
            let isThere = found.contains { record in
                let parts = record.split(separator: ";").map { $0.filter { $0 != " " } }
                return parts.first == "ca.test" && parts.contains("accounturi=\(account)")
                    && (!authorization.isWildcard || parts.contains("policy=wildcard"))
            }
            return isThere ? nil : missing("no TXT record for ca.test and the account at _validation-persist.\(host)")
        default: break
        }
        return Problem(type: Problem.typePrefix + "dns", detail: "\(type) is not looked at")
    }

    private func missing(_ detail: String) -> Problem { Problem(type: Problem.typePrefix + "unauthorized", detail: detail, status: 403) }

    private func judge(_ got: String?, _ expected: String, _ silence: String) -> Problem? {
        guard let got else { return Problem(type: Problem.typePrefix + "connection", detail: silence, status: 400) }
        guard got == expected else {
            return Problem(
                type: Problem.typePrefix + "unauthorized",
                detail: "The key authorization file did not match: \"\(expected)\" != \"\(got)\"", status: 403)
        }
        return nil
    }

    /// What newOrder says of names that it does not take: of one alone, or a compound of several, as Boulder has it.
    func checkRejected(_ identifiers: [ACMEIdentifier]) throws {
        guard let problem = refusal(settings.rejected, identifiers, "several names are refused") else { return }
        throw Rejection(problem: problem)
    }

    /// A refusal that is more than a type and a detail.
    struct Rejection: Error {
        let problem: Problem
    }

    func refusal(_ refused: [String: Problem], _ identifiers: [ACMEIdentifier], _ words: String) -> Problem? {
        let named = identifiers.filter { refused[$0.value] != nil }
        guard let first = named.first, let only = refused[first.value] else { return nil }
        guard named.count > 1 else { return only }
        let parts = named.compactMap { name in
            refused[name.value].map { Problem(type: $0.type, detail: $0.detail ?? "", identifier: name) }
        }
        return Problem(type: Problem.typePrefix + "compound", detail: words, subproblems: parts)
    }
}
