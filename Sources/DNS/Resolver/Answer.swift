/// What an answer says about the question: the records at the end of the chain of aliases that begins at the name asked for.
struct Answer: Hashable, Sendable {
    /// Where the chain ends; the name asked for when that is no alias.
    let name: DomainName
    /// Aliases followed.
    let aliases: Int
    /// The records of the type asked for at `name`; repeated ones once.
    let records: [Message.RecordData]
    let isAuthoritative: Bool
    /// Whether the server says that `name` does not exist.
    let isNameError: Bool
    /// The zone named by the SOA record that a negative answer has. RFC 2308 §2.
    let negativeZone: DomainName?

    /// Reads an answer whose question has been checked. Records of other names and types are left out: nobody asked for them, and believing
    /// them is how caches are poisoned.
    ///
    /// - Throws: `.aliases` when they lead in a circle, `.malformedAnswer` for a record whose data does not fit its type.
    init(_ message: Message, to question: Question) throws(DNSError.Code) {
        var chain = AliasChain(from: question.name)
        // Indexed, so that thousands of records and aliases do not make this quadratic.
        let aliasRecords = question.type == .cname ? [] : message.answers.filter { $0.type == .cname }
        let targets = Dictionary(aliasRecords.compactMap { record in record.owner.map { ($0, record.data) } }) { first, _ in first }
        while let data = targets[chain.end] {
            guard case .name(let target) = data else { throw .malformedAnswer("the alias of \(chain.end) is no domain name") }
            try chain.follow(to: target)
        }
        let name = chain.end
        let owners = message.answers.filter { $0.type == question.type && $0.owner == name }
        var seen: Set<Message.RecordData> = []
        records = owners.map(\.data).filter { seen.insert($0).inserted }
        guard !records.contains(.malformed) else {
            throw .malformedAnswer("a record of type \(question.type) is not what that type demands")
        }
        self.name = name
        aliases = chain.count
        isAuthoritative = message.header.isAuthoritative
        isNameError = message.code == .nameError
        let authorities = message.authority.filter { $0.type == .soa && $0.data != .malformed }.compactMap(\.owner)
        negativeZone = authorities.first { name.isSubdomain(of: $0) }
    }
}

extension Answer {
    var texts: [String] {
        records.compactMap { if case .text(let bytes) = $0 { String(decoding: bytes, as: UTF8.self) } else { nil } }
    }

    var names: [DomainName] {
        records.compactMap { if case .name(let name) = $0 { name } else { nil } }
    }

    var addresses: [String] {
        records.compactMap { if case .address(let text) = $0 { text } else { nil } }
    }

    var caaRecords: [CAARecord] {
        records.compactMap { if case .caa(let record) = $0 { record } else { nil } }
    }
}
