internal import Core

/// The tls-alpn-01 challenges that can be answered now: by identifier, the key authorization. RFC 8737 §3. An immutable snapshot.
public struct TLSALPN01Challenges: Sendable {
    private let keyAuthorizations: [String: String]

    /// Identifiers with their key authorizations; none by default.
    ///
    /// - Parameter keyAuthorizations: by the value of the ACME identifier: a DNS name in A-labels, or the text of an IP address (RFC 8738).
    public init(_ keyAuthorizations: [String: String] = [:]) {
        self.keyAuthorizations = [String: String](
            keyAuthorizations.map { (IPAddressText.canonical($0) ?? $0.lowercased(), $1) }, uniquingKeysWith: { $1 })
    }

    /// What an identifier is to be answered with.
    ///
    /// - Parameter identifier: of ``identifier(ofServerName:)``.
    func keyAuthorization(for identifier: String) -> String? { keyAuthorizations[identifier] }

    /// The identifier that a validation is about: the server name, or the address that it is the reverse name of. RFC 8738 §6.
    ///
    /// - Parameter name: in lower case without a trailing dot.
    /// - Returns: nil when it is neither the name of a host nor that of an address.
    static func identifier(ofServerName name: String) -> String? {
        if let address = ReverseName.address(of: name) { return address }
        guard let parsed = try? DNSName(parsing: name), !parsed.isWildcard else { return nil }
        return parsed.ascii
    }
}
