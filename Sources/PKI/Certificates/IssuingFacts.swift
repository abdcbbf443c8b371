/// What the certificates of one CA have in common, held once for all of them.
final class IssuingFacts: Sendable, Hashable {
    let issuer: String
    let issuerCommonName: String?
    let issuerOrganization: String?
    let authorityKeyIdentifier: [UInt8]?
    let ocspURLs: [String]
    let issuerURLs: [String]
    let crlURLs: [String]

    init(
        issuer: String, issuerCommonName: String?, issuerOrganization: String?, authorityKeyIdentifier: [UInt8]?, ocspURLs: [String],
        issuerURLs: [String], crlURLs: [String]
    ) {
        self.issuer = issuer
        self.issuerCommonName = issuerCommonName
        self.issuerOrganization = issuerOrganization
        self.authorityKeyIdentifier = authorityKeyIdentifier
        self.ocspURLs = ocspURLs
        self.issuerURLs = issuerURLs
        self.crlURLs = crlURLs
    }

    /// The equal value that is already held, or this one.
    static func shared(_ facts: IssuingFacts) -> IssuingFacts { known.shared(facts, for: facts) }

    static func == (left: IssuingFacts, right: IssuingFacts) -> Bool {
        left.issuer == right.issuer && left.authorityKeyIdentifier == right.authorityKeyIdentifier
            && left.ocspURLs == right.ocspURLs && left.issuerURLs == right.issuerURLs && left.crlURLs == right.crlURLs
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(issuer)
        hasher.combine(authorityKeyIdentifier)
        hasher.combine(crlURLs)
    }

    private static let known = InternTable<IssuingFacts, IssuingFacts>()
}
