public import Core
public import DNS
public import HTTPClient
public import KubernetesAPI
public import Logging

/// Whether solvers may start programs: whoever may write an Issuer could run anything otherwise.
public enum ExecPermission: Hashable, Sendable {
    /// They may not; says why, for the error.
    case refused(because: String)
    /// These, and nothing else: what ClusterIssuers and issuers of the local folder hold now. A record that is cleaned up after a restart
    /// brings its own settings, which somebody may have written who is not allowed to.
    case allowed([ExecProvider])
}

/// What providers share. One per process: it keeps changes of one record set from overtaking each other.
public struct DNSProviderContext: Sendable {
    /// For the providers' APIs, with the operator's proxy.
    public let http: HTTPClient
    /// Finds zones and follows CNAMEs.
    public let resolver: DNSResolver
    /// The clock of waits and signatures.
    public let time: any TimeSource
    /// Tells of waits and of records that were gone.
    public let logger: Logger
    /// One change of a record set at a time.
    let locks: RecordLocks
    /// What this process's environment says about Amazon's credentials.
    var amazon = AmazonEnvironment.ofProcess
    /// What was made of it, and of roles.
    let temporaryCredentials = TemporaryCredentials()
    /// Nil outside of a cluster.
    var serviceAccountTokens: ServiceAccountTokens?
    /// The providers' own URLs.
    let endpoints: ProviderEndpoints
    /// For one request with its answer.
    var requestTimeout = DNSProvidersLimits.requestTimeout

    /// Makes a context.
    ///
    /// - Parameters:
    ///   - http: With the proxy that requests are to go through.
    ///   - serviceAccountTokens: Asks the cluster for tokens; nil outside of one.
    public init(
        http: HTTPClient, resolver: DNSResolver, time: any TimeSource = SystemTime(), logger: Logger,
        serviceAccountTokens: ServiceAccountTokens? = nil
    ) {
        self.init(http: http, resolver: resolver, time: time, logger: logger, endpoints: ProviderEndpoints())
        self.serviceAccountTokens = serviceAccountTokens
    }

    init(http: HTTPClient, resolver: DNSResolver, time: any TimeSource, logger: Logger, endpoints: ProviderEndpoints) {
        self.http = http
        self.resolver = resolver
        self.time = time
        self.logger = logger
        locks = RecordLocks()
        self.endpoints = endpoints
    }
}

/// Where the providers' APIs are.
struct ProviderEndpoints: Sendable {
    var cloudflare = "https://api.cloudflare.com/client/v4"
    var digitalOcean = "https://api.digitalocean.com"
    /// Nil for Amazon's of the region's partition.
    var route53: String?
    /// Nil for Amazon's of the region.
    var securityTokens: String?
}

/// Turns the settings of an issuer and what its Secrets hold into a provider.
public enum DNSProviders {
    /// Makes the provider of a solver.
    ///
    /// - Parameters:
    ///   - permission: what this issuer may use besides.
    ///   - secret: reads one entry of a Secret, in the issuer's namespace or in that for cluster resources.
    /// - Throws: `.configuration` when the settings cannot work or the provider is not known; what `secret` throws, in its words.
    public static func make(
        _ solver: DNS01Solver, context: DNSProviderContext, permission: SolverPermission,
        secret: @escaping @Sendable (SecretKeySelector) async throws -> [UInt8]
    ) async throws(DNSProviderError) -> any DNSProvider {
        let secrets = SecretReader(provider: solver.provider.name, read: secret)
        switch solver.provider {
        case .rfc2136(let settings): return try await RFC2136(settings, context, secrets)
        case .acmeDNS(let settings): return try await ACMEDNS(settings, context, secrets)
        case .cloudflare(let settings): return try await Cloudflare(settings, context, secrets)
        case .route53(let settings): return try await Route53(settings, context, secrets, permission)
        case .digitalOcean(let settings): return try await DigitalOcean(settings, context, secrets)
        case .httpRequest(let settings): return try await HTTPRequestHook(settings, context, secrets)
        case .exec(let settings): return try ProgramHook(settings, permission.exec, secrets)
        case .unsupported(""): throw secrets.misconfigured("no provider is set")
        case .unsupported: throw secrets.misconfigured("the provider is not supported; use another one, or httpreq or exec")
        }
    }
}
