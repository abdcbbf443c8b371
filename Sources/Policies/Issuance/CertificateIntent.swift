public import Core

/// A certificate that somebody wants, with everything that a policy may look at. Made by who issues, from what will be asked for, so that
/// nothing is judged in another form than the CA gets it in.
public struct CertificateIntent: Hashable, Sendable {
    /// Who is to issue.
    public struct Issuer: Hashable, Sendable, CustomStringConvertible {
        /// `Issuer` or `ClusterIssuer`.
        public var kind: String
        /// Its name.
        public var name: String

        /// Makes a reference.
        public init(kind: String, name: String) {
            self.kind = kind
            self.name = name
        }

        /// `Kind/NAME`.
        public var description: String { "\(kind)/\(name)" }
    }

    /// A key, by algorithm and size.
    public struct Key: Hashable, Sendable, CustomStringConvertible {
        /// Sorts of keys.
        public enum Algorithm: String, Hashable, Sendable, CaseIterable, Codable {
            /// RFC 8017.
            case rsa = "RSA"
            /// FIPS 186.
            case ecdsa = "ECDSA"
            /// RFC 8032.
            case ed25519 = "Ed25519"
        }

        /// The sort.
        public var algorithm: Algorithm
        /// Bits: of the modulus, or of the curve. 256 for Ed25519.
        public var bits: Int

        /// Makes a key.
        public init(_ algorithm: Algorithm, bits: Int) {
            self.algorithm = algorithm
            self.bits = bits
        }

        /// `ECDSA 256`.
        public var description: String { algorithm == .ed25519 ? algorithm.rawValue : "\(algorithm.rawValue) \(bits)" }
    }

    /// Where the Secret is, and the Ingress or the Certificate.
    public var namespace: String
    /// The labels of the namespace; nil when they are not known, which no policy that needs them takes for a yes.
    public var namespaceLabels: [String: String]?
    /// Who is to issue.
    public var issuer: Issuer
    /// The DNS names.
    public var dnsNames: [DNSName]
    /// The IP addresses, as 4 or 16 octets.
    public var ipAddresses: [[UInt8]]
    /// A common name beside those, as written; nil without one.
    public var commonName: String?
    /// The key.
    public var key: Key
    /// The lifetime that is asked for; nil when it is the CA's to choose.
    public var lifetime: Duration?
    /// The CA's profile that is asked for; nil without one.
    public var profile: String?

    /// Makes an intent without names.
    public init(namespace: String, namespaceLabels: [String: String]?, issuer: Issuer, key: Key = Key(.ecdsa, bits: 256)) {
        self.namespace = namespace
        self.namespaceLabels = namespaceLabels
        self.issuer = issuer
        self.key = key
        dnsNames = []
        ipAddresses = []
    }
}
