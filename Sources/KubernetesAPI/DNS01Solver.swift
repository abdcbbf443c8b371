/// `dns01` of a solver: where the TXT record is written and how it is looked for. RFC 8555 §8.4.
///
/// Holds no secret, only where secrets are, so that it can be kept with a record that is still to be removed.
public struct DNS01Solver: Hashable, Sendable, Codable {
    /// Whether a CNAME at `_acme-challenge.<name>` says where the record is written.
    public enum CNAMEStrategy: String, Hashable, Sendable, Codable, CaseIterable {
        /// At `_acme-challenge.<name>` itself.
        case none = "None"
        /// At the end of the chain.
        case follow = "Follow"
    }

    /// Who writes the record.
    public var provider: DNS01Provider
    /// Whether CNAMEs are followed before it is written.
    public var cnameStrategy: CNAMEStrategy
    /// Name servers, `host` or `host:port`, that are asked instead of the authoritative ones; empty for those.
    public var nameservers: [String]

    /// Makes a solver from its parts.
    public init(provider: DNS01Provider, cnameStrategy: CNAMEStrategy = .none, nameservers: [String] = []) {
        self.provider = provider
        self.cnameStrategy = cnameStrategy
        self.nameservers = nameservers
    }
}

/// The provider of a dns01 solver with its settings, in cert-manager's shape; `httpreq` and `exec` are certctl's own, after lego's contracts.
public enum DNS01Provider: Hashable, Sendable, Codable {
    /// `rfc2136`: DNS UPDATE to a name server.
    case rfc2136(RFC2136Provider)
    /// `acmeDNS`: an acme-dns server that the name's CNAME points to.
    case acmeDNS(ACMEDNSProvider)
    /// `cloudflare`.
    case cloudflare(CloudflareProvider)
    /// `route53`: Amazon's.
    case route53(Route53Provider)
    /// `digitalocean`.
    case digitalOcean(DigitalOceanProvider)
    /// `httpreq`: an HTTP service of the operator's.
    case httpRequest(HTTPRequestProvider)
    /// `exec`: a program of the operator's.
    case exec(ExecProvider)
    /// Another member, such as `akamai` or `webhook`; empty when there is none.
    case unsupported(name: String)

    /// The member's name, as it is written in the issuer.
    public var name: String {
        switch self {
        case .rfc2136: "rfc2136"
        case .acmeDNS: "acmeDNS"
        case .cloudflare: "cloudflare"
        case .route53: "route53"
        case .digitalOcean: "digitalocean"
        case .httpRequest: "httpreq"
        case .exec: "exec"
        case .unsupported(let name): name
        }
    }
}

/// `rfc2136` of a dns01 solver.
public struct RFC2136Provider: Hashable, Sendable, Codable {
    /// How a message is authenticated. RFC 8945.
    public struct TSIG: Hashable, Sendable, Codable {
        /// The key's name at the server.
        public var keyName: String
        /// The MAC.
        public var algorithm: TSIGAlgorithm
        /// Where the key is, in base64 as in the server's configuration.
        public var secretRef: SecretKeySelector

        /// Makes settings from their parts.
        public init(keyName: String, algorithm: TSIGAlgorithm, secretRef: SecretKeySelector) {
            self.keyName = keyName
            self.algorithm = algorithm
            self.secretRef = secretRef
        }
    }

    /// `tsigAlgorithm`, read without regard to case.
    public enum TSIGAlgorithm: String, Hashable, Sendable, Codable, CaseIterable {
        /// HMAC-MD5, cert-manager's default.
        case hmacMD5 = "HMACMD5"
        /// HMAC-SHA1.
        case hmacSHA1 = "HMACSHA1"
        /// HMAC-SHA256.
        case hmacSHA256 = "HMACSHA256"
        /// HMAC-SHA512.
        case hmacSHA512 = "HMACSHA512"
    }

    /// `protocol`.
    public enum TransportProtocol: String, Hashable, Sendable, Codable, CaseIterable {
        /// TCP.
        case tcp = "TCP"
        /// UDP, the default.
        case udp = "UDP"
    }

    /// `host`, `host:port` or `[address]:port`; the port is 53 when absent.
    public var nameserver: String
    /// How messages are authenticated; nil for not at all.
    public var tsig: TSIG?
    /// How messages travel.
    public var transport: TransportProtocol

    /// Makes settings from their parts.
    public init(nameserver: String, tsig: TSIG? = nil, transport: TransportProtocol = .udp) {
        self.nameserver = nameserver
        self.tsig = tsig
        self.transport = transport
    }
}

/// `acmeDNS` of a dns01 solver.
public struct ACMEDNSProvider: Hashable, Sendable, Codable {
    /// The server's URL.
    public var host: String
    /// Where the accounts are: a JSON object from names to `username`, `password`, `subdomain` and `fulldomain`.
    public var accountSecretRef: SecretKeySelector

    /// Makes settings from their parts.
    public init(host: String, accountSecretRef: SecretKeySelector) {
        self.host = host
        self.accountSecretRef = accountSecretRef
    }
}

/// `cloudflare` of a dns01 solver.
public struct CloudflareProvider: Hashable, Sendable, Codable {
    /// What proves who we are.
    public enum Credential: Hashable, Sendable, Codable {
        /// `apiTokenSecretRef`.
        case token(SecretKeySelector)
        /// `email` and `apiKeySecretRef`: the global key.
        case key(email: String, SecretKeySelector)
    }

    /// What proves who we are.
    public var credential: Credential

    /// Makes settings from their parts.
    public init(credential: Credential) { self.credential = credential }
}

/// `route53` of a dns01 solver.
public struct Route53Provider: Hashable, Sendable, Codable {
    /// `accessKeyID` or `accessKeyIDSecretRef`.
    public enum AccessKeyID: Hashable, Sendable, Codable {
        /// In the issuer itself: it is no secret.
        case text(String)
        /// In a Secret.
        case secret(SecretKeySelector)
    }

    /// A long-lived or temporary access key.
    public struct AccessKey: Hashable, Sendable, Codable {
        /// Which key.
        public var id: AccessKeyID
        /// `secretAccessKeySecretRef`.
        public var secretRef: SecretKeySelector
        /// `sessionTokenSecretRef`, certctl's own: of a temporary key.
        public var sessionTokenRef: SecretKeySelector?

        /// Makes a key from its parts.
        public init(id: AccessKeyID, secretRef: SecretKeySelector, sessionTokenRef: SecretKeySelector? = nil) {
            self.id = id
            self.secretRef = secretRef
            self.sessionTokenRef = sessionTokenRef
        }
    }

    /// The access key; nil for credentials of the environment or of a service account.
    public var accessKey: AccessKey?
    /// The ARN of a role to assume.
    public var role: String?
    /// `auth.kubernetes.serviceAccountRef.name`.
    public var serviceAccountName: String?
    /// `auth.kubernetes.serviceAccountRef.audiences`; nil for `sts.amazonaws.com`.
    public var audiences: [String]?
    /// The only zone to write to; nil to look for it.
    public var hostedZoneID: String?
    /// A hint for the endpoint and the credential scope.
    public var region: String?

    /// Makes settings from their parts.
    public init(
        accessKey: AccessKey? = nil, role: String? = nil, serviceAccountName: String? = nil, audiences: [String]? = nil,
        hostedZoneID: String? = nil, region: String? = nil
    ) {
        self.audiences = audiences
        self.accessKey = accessKey
        self.role = role
        self.serviceAccountName = serviceAccountName
        self.hostedZoneID = hostedZoneID
        self.region = region
    }
}

/// `digitalocean` of a dns01 solver.
public struct DigitalOceanProvider: Hashable, Sendable, Codable {
    /// Where the token is.
    public var tokenSecretRef: SecretKeySelector

    /// Makes settings from their parts.
    public init(tokenSecretRef: SecretKeySelector) { self.tokenSecretRef = tokenSecretRef }
}

/// What the contracts of `httpreq` and `exec` hand over.
public enum RecordHandover: String, Hashable, Sendable, Codable, CaseIterable {
    /// The record's name and value.
    case record = ""
    /// `RAW`: the name to prove, the challenge's token and its key authorization.
    case raw = "RAW"
}

/// `httpreq` of a dns01 solver.
public struct HTTPRequestProvider: Hashable, Sendable, Codable {
    /// The URL that `/present` and `/cleanup` are added to.
    public var endpoint: String
    /// What is handed over.
    public var mode: RecordHandover
    /// The user name of HTTP's basic authentication; nil for none.
    public var username: String?
    /// The password that goes with it.
    public var passwordSecretRef: SecretKeySelector?

    /// Makes settings from their parts.
    public init(
        endpoint: String, mode: RecordHandover = .record, username: String? = nil, passwordSecretRef: SecretKeySelector? = nil
    ) {
        self.endpoint = endpoint
        self.mode = mode
        self.username = username
        self.passwordSecretRef = passwordSecretRef
    }
}

/// `exec` of a dns01 solver.
public struct ExecProvider: Hashable, Sendable, Codable {
    /// The program's absolute path.
    public var path: String
    /// What comes before the contract's own arguments.
    public var arguments: [String]
    /// What is handed over.
    public var mode: RecordHandover
    /// How long one call may take, in seconds.
    public var timeoutSeconds: Int

    /// Makes settings from their parts.
    public init(path: String, arguments: [String] = [], mode: RecordHandover = .record, timeoutSeconds: Int = 60) {
        self.path = path
        self.arguments = arguments
        self.mode = mode
        self.timeoutSeconds = timeoutSeconds
    }
}
