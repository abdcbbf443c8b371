public import PKI

/// Who we are to the API server. A client certificate and a bearer may be given together; a bearer wins over an exec plugin.
public struct Credentials: Sendable, CustomStringConvertible {
    /// What goes into the Authorization header.
    public enum Bearer: Sendable {
        /// Nothing.
        case none
        /// `Bearer TOKEN`; a file is read again when it changes, since tokens of service accounts rotate.
        case token(FileOrData)
        /// `Basic`, RFC 7617. Kubernetes itself dropped it in 1.19; proxies in front of API servers still use it.
        case basic(user: String, password: SecretBytes)
    }

    /// A certificate for TLS, PEM, with its key.
    public struct ClientCertificate: Sendable {
        /// The chain, leaf first.
        public var certificate: FileOrData
        /// The key without a passphrase.
        public var key: FileOrData

        /// Makes a pair; whether both belong together is found when a connection is made.
        public init(certificate: FileOrData, key: FileOrData) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// What goes into the Authorization header.
    public var bearer: Bearer
    /// Our certificate for TLS.
    public var clientCertificate: ClientCertificate?
    /// A program that prints a token or a certificate.
    public var exec: ExecPlugin?

    /// Makes credentials from parts.
    public init(bearer: Bearer = .none, clientCertificate: ClientCertificate? = nil, exec: ExecPlugin? = nil) {
        self.bearer = bearer
        self.clientCertificate = clientCertificate
        self.exec = exec
    }

    /// Credentials with a fixed token.
    public static func token(_ token: String) -> Credentials {
        Credentials(bearer: .token(.data(SecretBytes(Array(token.utf8)))))
    }

    /// Which kinds there are, never their content.
    public var description: String {
        var parts: [String] = []
        switch bearer {
        case .none: break
        case .token(.data): parts.append("token")
        case .token(.file(let path)): parts.append("token file \(path)")
        case .basic: parts.append("user name and password")
        }
        if clientCertificate != nil { parts.append("client certificate") }
        if let exec { parts.append("exec plugin \(exec.command)") }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
