/// Why an operator's request was not done. The same value is what the admin API answers and what the command line prints.
///
/// Its JSON form (lowerCamelCase, absent fields left out) is part of the API.
public struct OperationFailure: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure, for programs.
    public enum Code: String, Codable, Hashable, Sendable, CaseIterable {
        /// The request itself is wrong.
        case badRequest
        /// The caller has not shown that it may ask.
        case unauthorized
        /// The object is not there.
        case notFound
        /// The object is there and this cannot be done with it.
        case refused
        /// Another process does such work; ``OperationFailure/leader`` names it where it is known.
        case notLeader
        /// The CA said no, or could not be asked.
        case certificateAuthority
        /// The store would not read or write.
        case storage
    }

    /// What kind of failure.
    public var code: Code
    /// What it is about, such as `Secret web/shop-tls` or `field reason`.
    public var object: String
    /// What happened, without the object.
    public var message: String
    /// The value that was refused.
    public var got: String?
    /// What would have been taken instead.
    public var allowed: String?
    /// The process that leads.
    public var leader: String?

    /// Makes a failure. Its texts are brought to one harmless line each.
    public init(
        _ code: Code, _ object: String, _ message: String, got: String? = nil, allowed: String? = nil, leader: String? = nil
    ) {
        self.code = code
        self.object = ShownText.line(object)
        self.message = ShownText.line(message)
        self.got = got.map { ShownText.line($0, bytesMax: Self.gotBytesMax) }
        self.allowed = allowed.map { ShownText.line($0) }
        self.leader = leader.map { ShownText.line($0) }
    }

    /// One line for an operator.
    public var description: String {
        var text = "\(object): \(message)"
        if let got { text += "; got \"\(got)\"" }
        if let allowed { text += "; allowed: \(allowed)" }
        if let leader { text += "; the leader is \(leader)" }
        return text
    }

    /// A refused value is shown up to this length: enough to recognise it.
    private static let gotBytesMax = 200
}
