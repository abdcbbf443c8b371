public import FoundationEssentials

/// Something that happened to a certificate, as the process that issues remembers it.
public struct IssuanceHappening: Codable, Hashable, Sendable {
    /// What happened.
    public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// An attempt began; ``IssuanceHappening/message`` says why.
        case began
        /// A certificate was issued, and is in its Secret.
        case issued
        /// The attempt failed, in the CA's words.
        case failed
        /// A limit of the CA's holds it back; nothing failed.
        case postponed
        /// The attempt was stopped: the certificate is not wanted any more, or this process does not lead any more.
        case stopped
        /// It turned out that nothing was needed, or that the Secret is not ours to write.
        case needless
        /// The certificate in the Secret is known to be revoked.
        case revoked
    }

    /// Counts happenings in one process, from 1, without gaps; what a reader has seen already is told by it.
    public var number: Int
    /// When.
    public var at: Date
    /// What.
    public var kind: Kind
    /// `namespace/name` of the Secret.
    public var secret: String
    /// The names of the certificate; the first few of many.
    public var hosts: [String]
    /// `Kind/NAME` of the issuer.
    public var issuer: String?
    /// One sentence for people.
    public var message: String?
    /// How long the attempt took, in seconds; nil for what is no end of one.
    public var seconds: Double?

    /// Makes a happening.
    public init(
        number: Int, at: Date, kind: Kind, secret: String, hosts: [String], issuer: String? = nil, message: String? = nil,
        seconds: Double? = nil
    ) {
        self.number = number
        self.at = at
        self.kind = kind
        self.secret = secret
        self.hosts = hosts
        self.issuer = issuer
        self.message = message
        self.seconds = seconds
    }
}
