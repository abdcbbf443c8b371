public import ArgumentParser
public import Core
internal import DNS
internal import DNSProviders
internal import HTTPClient
internal import Issuance
internal import Logging
internal import Telemetry

/// How challenges are looked at before a CA is told to.
enum SelfCheckMode: String, ExpressibleByArgument, CaseIterable {
    /// Through the listeners of this process.
    case listener
    /// Besides through the host's addresses in the DNS, as the CA comes.
    case `public`
    /// Not at all.
    case off
}

/// The flags of `certctl serve` about the way to certificates.
struct IssuanceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Look at http-01 and tls-alpn-01 challenges before the CA does: at our own listener, also the public way, or not (off).",
            valueName: "way"))
    var selfCheck = SelfCheckMode.listener

    @Flag(help: "Do not look up CAA records before asking a CA.")
    var skipCaa = false

    @Option(
        name: .customLong("nameserver"),
        help: ArgumentHelp(
            "Name server to ask, ADDRESS[:PORT] or HOST[:PORT]; may be repeated (default: those of /etc/resolv.conf).", valueName: "server")
    )
    var nameservers: [String] = []

    @Flag(
        name: .customLong("allow-exec-dns"),
        help: "Let dns01 solvers of ClusterIssuers, and of all issuers in a folder, start programs (dns01.exec).")
    var allowsExecDNS = false

    @Flag(
        help: "Let route53 solvers of Issuers use the AWS credentials in the environment of this process, as those of ClusterIssuers may.")
    var issuerAmbientCredentials = false

    @Flag(help: "Look for dns-01 records at the name servers above only, not at those of the zone.")
    var dns01RecursiveOnly = false

    @Option(
        name: .customLong("private-revocation-network"),
        help: ArgumentHelp(
            "Network in which OCSP responders and revocation lists may be that certificates name, though it is not public, as CIDR; may be "
                + "repeated (default: none).", valueName: "cidr"))
    var privateRevocationNetworks: [IPNetwork] = []

    func resolver() throws -> DNSResolver { DNSResolver(nameservers: try nameservers.map { try Nameserver($0) }) }

    func validate() throws {
        for text in nameservers {
            do { _ = try Nameserver(text) } catch { throw ValidationError("--nameserver: \(error)") }
        }
    }
}

extension IPNetwork: ExpressibleByArgument {
    /// Reads `ADDRESS/BITS` or `ADDRESS`.
    public init?(argument: String) { self.init(argument) }
}

/// What issuance looks at the world with, beside the connections to CAs.
struct IssuanceParts: Sendable {
    let dns: SystemDNS
    let selfCheck: SelfCheck?
    let revocation: RevocationChecker
    private let clients: [HTTPClient]
    private let transport: RevocationHTTPTransport

    /// Opens everything; ``shutdown()`` closes it.
    ///
    /// - Parameters:
    ///   - listeners: Nil in a process that serves no traffic.
    ///   - serviceAccountTokens: Nil outside of a cluster.
    init(_ options: IssuanceOptions, listeners: BoundListeners?, serviceAccountTokens: ServiceAccountTokens? = nil) throws {
        let api = try HTTPClient(HTTPClient.Configuration())
        let open = try HTTPClient(
            HTTPClient.Configuration(insecureSkipVerify: true, proxy: .direct, timeouts: IssuanceParts.probeTimeouts))
        let guarded = try HTTPClient(
            HTTPClient.Configuration(
                insecureSkipVerify: true, proxy: .direct, timeouts: IssuanceParts.probeTimeouts, publicAddressesOnly: true))
        clients = [api, open, guarded]
        let resolver = try options.resolver()
        dns = SystemDNS(
            resolver: resolver,
            providers: DNSProviderContext(
                http: api, resolver: resolver, logger: Logger(.dns01), serviceAccountTokens: serviceAccountTokens),
            selfCheck: DNS01Flow.SelfCheck(asksResolverOnly: options.dns01RecursiveOnly))
        var probes: [any ChallengeProbe] = []
        if let listeners, options.selfCheck != .off { probes.append(ListenerProbe(listeners: listeners, client: open)) }
        if options.selfCheck == .public { probes.append(PublicProbe(client: open, guarded: guarded)) }
        selfCheck = probes.isEmpty ? nil : SelfCheck(probes)
        transport = try RevocationHTTPTransport(privateNetworks: options.privateRevocationNetworks)
        revocation = RevocationChecker(transport: transport)
    }

    /// Ends all connections.
    func shutdown() async {
        for client in clients { await client.shutdown() }
        await transport.shutdown()
    }

    /// Short: a CA waits some ten seconds as well, and the next look comes soon.
    private static let probeTimeouts = HTTPTimeouts(connect: .seconds(5), total: .seconds(10))
}
