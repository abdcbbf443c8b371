/// The aliases followed from one name.
struct AliasChain {
    /// Where it ends so far.
    private(set) var end: DomainName
    private var visited: Set<DomainName>

    init(from name: DomainName) {
        end = name
        visited = [name]
    }

    /// How many aliases.
    var count: Int { visited.count - 1 }

    /// Goes on to another name.
    ///
    /// - Throws: `.aliases` when it has been there, or there are too many.
    mutating func follow(to target: DomainName) throws(DNSError.Code) {
        guard visited.insert(target).inserted else { throw .aliases("aliases lead in a circle, back to \(target)") }
        guard count <= DNSLimits.aliasesMax else { throw .aliases("more than \(DNSLimits.aliasesMax) aliases in a row") }
        end = target
    }
}
