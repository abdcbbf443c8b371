internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import Logging
internal import PKI

/// The HTTP client and the Authorization header of the moment. Files are read again and plugins run again when it is time; a change of
/// certificates makes a new client, and requests that are under way stay with the old one.
actor APIConnection {
    /// What one attempt goes out with.
    struct Link: Sendable {
        let client: HTTPClient
        /// The Authorization header.
        let authorization: String?
        /// Grows with each change of the credentials.
        fileprivate let generation: Int
        fileprivate let exec: ExecCredential?
    }

    /// What a client is made of.
    private struct Trust: Equatable {
        var caPEM: [UInt8]?
        var certificatePEM: [UInt8]?
        var keyPEM: [UInt8]?
    }

    private struct Retired {
        weak var client: HTTPClient?
    }

    private let configuration: ClusterConfiguration
    private let time: any TimeSource
    private let logger: Logger
    private let exec: ExecCredentialSource?
    private var ca: CredentialBytes?
    private var certificate: CredentialBytes?
    private var key: CredentialBytes?
    private var token: CredentialBytes?
    private var client: HTTPClient?
    /// For urgent requests: a client has only so many connections at a time.
    private var urgentClient: HTTPClient?
    private var trust: Trust?
    private var authorization: String?
    private var generation = 0
    private var retired: [Retired] = []
    private var problems: [ClusterConfigurationError] = []
    private var isClosed = false

    init(_ configuration: ClusterConfiguration, time: any TimeSource, logger: Logger) {
        self.configuration = configuration
        self.time = time
        self.logger = logger
        let credentials = configuration.credentials
        ca = configuration.certificateAuthority.map { CredentialBytes($0, purpose: "certificate authority file") }
        certificate = credentials.clientCertificate.map { CredentialBytes($0.certificate, purpose: "client certificate file") }
        key = credentials.clientCertificate.map { CredentialBytes($0.key, purpose: "client key file") }
        if case .token(let source) = credentials.bearer { token = CredentialBytes(source, purpose: "token file") }
        // As in client-go, a fixed bearer wins over a plugin, which then is never run.
        if let plugin = credentials.exec, case .none = credentials.bearer {
            exec = ExecCredentialSource(plugin, configuration, time: time)
        } else {
            exec = nil
        }
    }

    /// The link to send a request over.
    func link(for request: APIRequest) async throws(APIError) -> Link { try await link(for: request, isForced: false) }

    /// After a 401: reads files and runs the plugin anew.
    ///
    /// - Returns: whether it makes sense to send the request again.
    func refresh(after link: Link, for request: APIRequest) async throws(APIError) -> Bool {
        if link.generation != generation { return true }
        if let refused = link.exec {
            await exec?.refuse(refused)
            return true
        }
        return try await self.link(for: request, isForced: true).generation != link.generation
    }

    /// Fails what is under way, and what comes.
    func shutdown() async {
        isClosed = true
        await exec?.stop()
        let clients = [client, urgentClient] + retired.map(\.client)
        for client in clients { await client?.shutdown() }
    }

    private func link(for request: APIRequest, isForced: Bool) async throws(APIError) -> Link {
        try checkOpen(request)
        do throws(ClusterConfigurationError) {
            let credential = try await execCredential(request)
            if exec != nil, credential == nil { throw APIConnection.cancelled }
            let (client, authorization) = try current(credential, isUrgent: request.isUnlimited, isForced: isForced)
            return Link(client: client, authorization: authorization, generation: generation, exec: credential)
        } catch {
            try checkOpen(request)
            if error == APIConnection.cancelled { throw APIError.cancelled(request) }
            throw APIError(code: .configuration, message: error.description, subject: request.subject)
        }
    }

    private func checkOpen(_ request: APIRequest) throws(APIError) {
        if isClosed { throw APIError(code: .closed, message: "the client of the API server is shut down", subject: request.subject) }
    }

    private static let cancelled = ClusterConfigurationError("request", "cancelled")

    private func execCredential(_ request: APIRequest) async throws(ClusterConfigurationError) -> ExecCredential? {
        guard let exec else { return nil }
        let caPEM = try ca?.read(now: time.now())
        return try await exec.current(caPEM: caPEM)
    }

    /// Reads what is due, and makes what has changed.
    private func current(
        _ credential: ExecCredential?, isUrgent: Bool, isForced: Bool
    ) throws(ClusterConfigurationError) -> (HTTPClient, String?) {
        let now = time.now()
        var trust = Trust(
            caPEM: try ca?.read(now: now, isForced: isForced),
            certificatePEM: try certificate?.read(now: now, isForced: isForced),
            keyPEM: try key?.read(now: now, isForced: isForced))
        if let certificate = credential?.certificatePEM {
            trust.certificatePEM = certificate
            trust.keyPEM = credential?.keyPEM
        }
        let authorization = try authorization(credential, now, isForced)
        report([ca, certificate, key, token].compactMap { $0?.problem })
        if self.trust != trust { retire() }
        if self.trust != trust || self.authorization != authorization { changed(to: trust, authorization) }
        if let client = isUrgent ? urgentClient : client { return (client, authorization) }
        let client = try makeClient(trust)
        if isUrgent { urgentClient = client } else { self.client = client }
        return (client, authorization)
    }

    /// Lets go of the clients; they end with their last request.
    private func retire() {
        retired = (retired + [Retired(client: client), Retired(client: urgentClient)]).filter { $0.client != nil }
        (client, urgentClient) = (nil, nil)
    }

    private func changed(to trust: Trust, _ authorization: String?) {
        if generation > 0 { logger.info("the credentials for the API server have changed") }
        generation += 1
        self.trust = trust
        self.authorization = authorization
    }

    private func authorization(
        _ credential: ExecCredential?, _ now: Date, _ isForced: Bool
    ) throws(ClusterConfigurationError) -> String? {
        if let token = credential?.token { return "Bearer " + token }
        switch configuration.credentials.bearer {
        case .none: return nil
        case .basic(let user, let password): return "Basic " + Data(Array("\(user):".utf8) + password.copy()).base64EncodedString()
        case .token(let source):
            let text = String(decoding: try token?.read(now: now, isForced: isForced) ?? [], as: UTF8.self).trimmed
            guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw ClusterConfigurationError("token (\(source))", "it has a byte that is not printable ASCII")
            }
            return "Bearer " + text
        }
    }

    private func makeClient(_ trust: Trust) throws(ClusterConfigurationError) -> HTTPClient {
        var settings = HTTPClient.Configuration(
            caBundlePEM: trust.caPEM, clientCertificatePEM: trust.certificatePEM, clientKeyPEM: trust.keyPEM,
            insecureSkipVerify: configuration.insecureSkipTLSVerify, tlsServerName: configuration.tlsServerName)
        if let proxy = configuration.proxyURL { settings.proxy = .url(proxy) }
        do throws(HTTPClientError) {
            return try HTTPClient(settings)
        } catch {
            throw ClusterConfigurationError("connection to \(configuration.server)", error.description)
        }
    }

    /// Says once that a file cannot be read any more, and once that it can.
    private func report(_ found: [ClusterConfigurationError]) {
        guard found != problems else { return }
        for problem in found where !problems.contains(problem) {
            logger.warning("a credential file cannot be read; its last content stays in use", metadata: ["error": "\(problem)"])
        }
        if found.isEmpty { logger.info("the credential files can be read again") }
        problems = found
    }
}
