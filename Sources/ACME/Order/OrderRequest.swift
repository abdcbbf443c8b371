public import FoundationEssentials
public import PKI

/// What a certificate is wanted for.
public struct OrderRequest: Sendable, Hashable {
    /// The names, without repeats, sorted.
    public let identifiers: [ACMEIdentifier]
    /// The kind of key that the certificate gets.
    public let keyAlgorithm: KeyAlgorithm
    /// The profile to ask for (draft-ietf-acme-profiles), or nil for the CA's own choice.
    public let profile: String?
    /// The ARI identifier of the certificate that is being renewed (RFC 9773 §5), or nil. Left out when the CA refuses it.
    public let replaces: String?
    /// When the certificate should end, or nil for the CA's own choice. Few CAs allow it.
    public let notAfter: Date?
    /// The common name of the issuer of the top-most certificate of the wanted chain, or nil for the CA's own choice. When no
    /// chain has it, the CA's own choice is taken.
    public let preferredChain: String?
    /// The ways in which we can prove control, the liked ones first. The next one is tried, in a new order, when validation fails.
    public let challengeTypes: [ChallengeType]
    /// The ways for single names, in place of ``challengeTypes``; a wildcard is a name of its own.
    public let challengeTypesByIdentifier: [ACMEIdentifier: [ChallengeType]]
    /// Whether names that fail for reasons of their own are left out, so that the others get their certificate.
    public let allowsPartial: Bool

    /// A wish from its parts. The names may be in any order.
    public init(
        identifiers: some Sequence<ACMEIdentifier>, keyAlgorithm: KeyAlgorithm = .ecdsaP256, profile: String? = nil,
        replaces: String? = nil, notAfter: Date? = nil, preferredChain: String? = nil, challengeTypes: [ChallengeType] = [.http01],
        challengeTypesByIdentifier: [ACMEIdentifier: [ChallengeType]] = [:], allowsPartial: Bool = false
    ) {
        self.identifiers = Set(identifiers).sorted()
        self.keyAlgorithm = keyAlgorithm
        self.profile = profile
        self.replaces = replaces
        self.notAfter = notAfter
        self.preferredChain = preferredChain
        self.challengeTypes = challengeTypes
        self.challengeTypesByIdentifier = challengeTypesByIdentifier
        self.allowsPartial = allowsPartial
    }

    /// The ways in which we can prove control over one of the names, the liked ones first.
    public func challengeTypes(for identifier: ACMEIdentifier) -> [ChallengeType] {
        challengeTypesByIdentifier[identifier] ?? challengeTypes
    }

    /// The same wish for some of its names.
    func limited(to names: [ACMEIdentifier]) -> OrderRequest {
        guard names != identifiers else { return self }
        return OrderRequest(
            identifiers: names, keyAlgorithm: keyAlgorithm, profile: profile, replaces: replaces, notAfter: notAfter,
            preferredChain: preferredChain, challengeTypes: challengeTypes, challengeTypesByIdentifier: challengeTypesByIdentifier,
            allowsPartial: allowsPartial)
    }

    /// The names for a message: all of a few, the first ones of many.
    public var namesShown: String {
        let shown = identifiers.prefix(3).map(\.value).joined(separator: ", ")
        return identifiers.count > 3 ? shown + " and \(identifiers.count - 3) more" : shown
    }

    func check() throws(ACMEError) {
        let reason: String
        if identifiers.isEmpty {
            reason = "there are no names"
        } else if identifiers.count > ACMELimits.identifiersMax {
            reason = "\(identifiers.count) names are more than \(ACMELimits.identifiersMax)"
        } else if let bare = identifiers.first(where: { challengeTypes(for: $0).isEmpty }) {
            reason = "no challenge type is configured for \(bare)"
        } else {
            return
        }
        throw ACMEError(.invalidRequest, fault: .configuration, subject: "order for \(namesShown)", reason: reason)
    }
}
