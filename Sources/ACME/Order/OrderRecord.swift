public import FoundationEssentials
public import PKI

/// Everything that an order needs to survive a crash. It holds a private key: keep it where private keys are kept.
///
/// Written before each step that depends on it: with the key before the CA hears of the order, and with the order's URL right
/// after the CA answered. Everything else is at the CA and is read again. The owner deletes it only once the certificate and the
/// key are where they belong.
public struct OrderRecord: Sendable {
    /// The CA, by its directory.
    public let directoryURL: String
    /// The account that owns the order.
    public let accountURL: String
    /// What the certificate is for.
    public let identifiers: [ACMEIdentifier]
    /// The kind of ``privateKeyPEM``.
    public let keyAlgorithm: KeyAlgorithm
    /// The profile that was asked for.
    public let profile: String?
    /// The end that was asked for.
    public let notAfter: Date?
    /// The certificate's private key, PKCS#8 PEM. Secret.
    public let privateKeyPEM: SecretBytes
    /// When the key was made.
    public let createdAt: Date
    /// The order at the CA, or nil while there is none.
    public internal(set) var orderURL: String?
    /// When ``orderURL`` was written.
    public internal(set) var orderedAt: Date?

    /// The names of ``identifiers`` that the order does without.
    public internal(set) var leftOut: [LeftOutName] = []

    init(request: OrderRequest, directoryURL: String, accountURL: String, privateKeyPEM: SecretBytes, createdAt: Date) {
        self.directoryURL = directoryURL
        self.accountURL = accountURL
        identifiers = request.identifiers
        keyAlgorithm = request.keyAlgorithm
        profile = request.profile
        notAfter = request.notAfter
        self.privateKeyPEM = privateKeyPEM
        self.createdAt = createdAt
    }

    /// Whether going on with this record gives what the request wants. If not, a run starts anew and overwrites it.
    public func serves(_ request: OrderRequest, directoryURL: String) -> Bool {
        self.directoryURL == directoryURL && identifiers == request.identifiers && keyAlgorithm == request.keyAlgorithm
            && profile == request.profile && notAfter == request.notAfter && (leftOut.isEmpty || request.allowsPartial)
    }
}

/// The form in which a record is kept: one JSON object.
extension OrderRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, directoryURL, accountURL, identifiers, keyAlgorithm, profile, notAfter, privateKeyPEM, createdAt, orderURL
        case orderedAt, leftOut
    }

    /// The version of the form. A reader refuses others, so that a downgrade does not misread a record.
    private static let version = 1

    /// Reads a record.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(Int.self, forKey: .version)
        guard version == OrderRecord.version else {
            throw DecodingError.dataCorruptedError(
                forKey: .version, in: container, debugDescription: "version \(version), expected \(OrderRecord.version)")
        }
        directoryURL = try container.decode(String.self, forKey: .directoryURL)
        accountURL = try container.decode(String.self, forKey: .accountURL)
        identifiers = try container.decode([ACMEIdentifier].self, forKey: .identifiers)
        keyAlgorithm = try container.decode(KeyAlgorithm.self, forKey: .keyAlgorithm)
        profile = try container.decodeIfPresent(String.self, forKey: .profile)
        notAfter = try container.decodeIfPresent(Date.self, forKey: .notAfter)
        privateKeyPEM = SecretBytes(Array(try container.decode(String.self, forKey: .privateKeyPEM).utf8))
        createdAt = try container.decode(Date.self, forKey: .createdAt)
        orderURL = try container.decodeIfPresent(String.self, forKey: .orderURL)
        orderedAt = try container.decodeIfPresent(Date.self, forKey: .orderedAt)
        leftOut = try container.decodeIfPresent([LeftOutName].self, forKey: .leftOut) ?? []
    }

    /// Writes a record, private key included.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(OrderRecord.version, forKey: .version)
        try container.encode(directoryURL, forKey: .directoryURL)
        try container.encode(accountURL, forKey: .accountURL)
        try container.encode(identifiers, forKey: .identifiers)
        try container.encode(keyAlgorithm, forKey: .keyAlgorithm)
        try container.encodeIfPresent(profile, forKey: .profile)
        try container.encodeIfPresent(notAfter, forKey: .notAfter)
        try container.encode(String(decoding: privateKeyPEM.copy(), as: UTF8.self), forKey: .privateKeyPEM)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encodeIfPresent(orderURL, forKey: .orderURL)
        try container.encodeIfPresent(orderedAt, forKey: .orderedAt)
        if !leftOut.isEmpty { try container.encode(leftOut, forKey: .leftOut) }
    }
}

extension OrderRecord: CustomStringConvertible {
    /// What it is about, without the key.
    public var description: String {
        "order record for \(identifiers.map(\.value).joined(separator: ", ")) at \(directoryURL): \(orderURL ?? "not ordered yet")"
    }
}
