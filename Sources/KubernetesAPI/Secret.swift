/// `v1` Secret. Its content never appears in a description.
public struct Secret: Hashable, Sendable {
    /// Identity, labels and annotations.
    public var metadata: ObjectMeta
    /// `type`; `Opaque` when absent.
    public var type: String
    /// `data`, decoded, with `stringData` laid over it.
    public var data: [String: [UInt8]]

    /// Makes a Secret from its parts.
    public init(metadata: ObjectMeta, type: String = Secret.opaqueType, data: [String: [UInt8]]) {
        self.metadata = metadata
        self.type = type
        self.data = data
    }

    /// `type` of a Secret with any content.
    public static let opaqueType = "Opaque"
    /// `type` of a Secret that holds a certificate chain and its private key.
    public static let tlsType = "kubernetes.io/tls"
    /// The key of the PEM chain in a TLS Secret.
    public static let certificateKey = "tls.crt"
    /// The key of the PEM private key in a TLS Secret and in an ACME account Secret.
    public static let privateKeyKey = "tls.key"
}

extension Secret: CustomStringConvertible, CustomReflectable {
    /// Identity, type and the names and sizes of the entries.
    public var description: String {
        let entries = data.keys.sorted().map { "\($0) (\(data[$0]?.count ?? 0) bytes)" }
        return "Secret \(metadata.id) of type \(type): \(entries.joined(separator: ", "))"
    }

    /// Nothing, so that `dump` and test failures do not print keys.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
