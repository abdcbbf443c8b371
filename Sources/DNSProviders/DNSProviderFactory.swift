public import Core
public import HTTPClient
public import KubernetesAPI
public import Logging
internal import PKI

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
    /// The clock of waits and signatures.
    public let time: any TimeSource
    /// Tells of waits and of records that were gone.
    public let logger: Logger
    /// One change of a record set at a time.
    let locks: RecordLocks
    /// The providers' own URLs.
    let endpoints: ProviderEndpoints

    /// Makes a context.
    ///
    /// - Parameter http: With the proxy that requests are to go through.
    public init(http: HTTPClient, time: any TimeSource = SystemTime(), logger: Logger) {
        self.init(http: http, time: time, logger: logger, endpoints: ProviderEndpoints())
    }

    init(http: HTTPClient, time: any TimeSource, logger: Logger, endpoints: ProviderEndpoints) {
        self.http = http
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
}

/// Turns the settings of an issuer and what its Secrets hold into a provider.
public enum DNSProviders {
    /// Makes the provider of a solver.
    ///
    /// - Parameters:
    ///   - exec: whether this issuer may start programs.
    ///   - secret: reads one entry of a Secret, in the issuer's namespace or in that for cluster resources.
    /// - Throws: `.configuration` when the settings cannot work or the provider is not known; what `secret` throws, in its words.
    public static func make(
        _ solver: DNS01Solver, context: DNSProviderContext, exec: ExecPermission,
        secret: @escaping @Sendable (SecretKeySelector) async throws -> [UInt8]
    ) async throws(DNSProviderError) -> any DNSProvider {
        let secrets = SecretReader(provider: solver.provider.name, read: secret)
        switch solver.provider {
        default: throw secrets.misconfigured("the provider is not known")
        }
    }
}
