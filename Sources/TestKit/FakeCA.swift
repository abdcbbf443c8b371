public import ACME
public import Core
internal import FoundationEssentials
internal import PKI

/// An RFC 8555 server inside the test process: real signatures are checked, real certificates are issued, and everything that can
/// go wrong between a client and a CA can be scripted.
///
/// It speaks through ``ACME/ACMETransport``, so there are no sockets. It validates http-01 by calling ``validate``.
public actor FakeCA: ACMETransport {
    /// The URL of the directory.
    public static let directoryURL = "https://ca.test/directory"

    /// Asks the "web server" of a host for the answer to a token, or nil when nobody answers.
    public typealias Validation = @Sendable (_ host: String, _ token: String) async -> String?

    /// How it looks at the challenges other than http-01.
    public struct Probes: Sendable {
        /// What a host shows in the acmeIdentifier extension when it is asked for `acme-tls/1`; nil when it does not answer.
        public var tlsALPN01: (@Sendable (_ host: String) async -> [UInt8]?)?
        /// The TXT records at a name.
        public var txt: (@Sendable (_ name: String) async -> [String])?

        /// Looks at nothing.
        public init() {}
    }

    /// How it behaves; change it at any time with ``change(_:)``.
    var settings: Settings
    let time: any TimeSource
    let validate: Validation
    let probes: Probes
    let authorities: [CertificateAuthority]
    /// The roots as PEM.
    public let rootsPEM: [String]

    var accounts: [String: Account] = [:]
    var orders: [String: OrderState] = [:]
    var authorizations: [String: AuthorizationState] = [:]
    var certificates: [String: [String]] = [:]
    var nonces: Set<String> = []
    var serial = 0
    var random: SplitMix64
    private var scripts: [(resource: Resource, skip: Int, fault: Fault)] = []
    /// The public key of each certificate that was issued, as a DER SubjectPublicKeyInfo.
    public internal(set) var issuedKeys: [[UInt8]] = []
    /// The reasons of the certificates that were revoked, by serial number.
    public internal(set) var revoked: [String: Int] = [:]
    /// The certificates that newOrder was told to be replaced, in order; nil for an order without.
    public internal(set) var replaced: [String?] = []
    /// What happened until now.
    public var counts = Counts()

    /// A CA without accounts.
    public init(settings: Settings = Settings(), time: any TimeSource, probes: Probes = Probes(), validate: @escaping Validation) throws {
        self.probes = probes
        self.settings = settings
        self.time = time
        self.validate = validate
        random = SplitMix64(seed: settings.seed)
        authorities = try FakeCA.roots.get()
        rootsPEM = authorities.map { PEM.encode([$0.certificate]) }
    }

    /// Changes how it behaves.
    public func change(_ body: @Sendable (inout Settings) -> Void) { body(&settings) }

    /// Lets something go wrong with a later request to a resource: the next one, or after `skipping` of them.
    public func script(_ fault: Fault, at resource: Resource, skipping: Int = 0, times: Int = 1) {
        for _ in 0..<times { scripts.append((resource, skipping, fault)) }
    }

    /// Drops everything that was scripted and not used yet.
    public func repair() { scripts = [] }

    /// Forgets all orders and authorizations, as a CA does after some days.
    public func forgetOrders() {
        orders = [:]
        authorizations = [:]
    }

    /// Forgets all accounts.
    public func forgetAccounts() { accounts = [:] }

    /// Makes every order that is not finished invalid.
    public func invalidateOrders() {
        for (url, order) in orders where order.certificateURL == nil { orders[url]?.isInvalidated = order.certificateURL == nil }
    }

    /// Expires every order that is not finished.
    public func expireOrders() { for url in orders.keys { orders[url]?.expires = time.now() } }

    /// Answers one request.
    public func send(_ request: ACMEHTTPRequest) async throws(ACMETransportError) -> ACMEHTTPResponse {
        let resource = resource(of: request.url)
        if let resource { counts.requests[resource, default: 0] += 1 }
        let fault = takeFault(for: resource)
        switch fault {
        case .cutBefore: throw ACMETransportError(.temporary, "scripted: connection refused")
        case .answer(let response): return withNonce(response)
        case .cutAfter, .truncate, .contentType, .body, .without, .header, .none: break
        }
        let response = await handle(request, resource)
        let answer = try distort(response, fault)
        guard answer.body.count <= request.bodyBytesMax else { throw ACMETransportError(.tooLarge, "body too large") }
        return answer
    }

    private func takeFault(for resource: Resource?) -> Fault? {
        guard let resource, let first = scripts.firstIndex(where: { $0.resource == resource }) else { return nil }
        guard scripts[first].skip == 0 else {
            for index in scripts.indices where scripts[index].resource == resource { scripts[index].skip -= 1 }
            return nil
        }
        return scripts.remove(at: first).fault
    }

    private func distort(_ response: ACMEHTTPResponse, _ fault: Fault?) throws(ACMETransportError) -> ACMEHTTPResponse {
        let headers = response.headers
        switch fault {
        case .cutAfter: throw ACMETransportError(.temporary, "scripted: connection reset")
        case .truncate(let count):
            return ACMEHTTPResponse(status: response.status, headers: headers, body: Array(response.body.prefix(count)))
        case .body(let body): return ACMEHTTPResponse(status: response.status, headers: headers, body: body)
        case .contentType(let type):
            let others = headers.filter { $0.name != "Content-Type" }
            return ACMEHTTPResponse(status: response.status, headers: others + [("Content-Type", type)], body: response.body)
        case .without(let name):
            return ACMEHTTPResponse(status: response.status, headers: headers.filter { $0.name != name }, body: response.body)
        case .header(let name, let value):
            return ACMEHTTPResponse(status: response.status, headers: headers + [(name, value)], body: response.body)
        case .cutBefore, .answer, .none: return response
        }
    }

    /// Made once in each process, since hundreds of fakes are made; valid from 2000 to 2100, whatever clock a test has.
    private static let roots = Result {
        try ["Fake CA A", "Fake CA B"].map { name in
            let key = try PrivateKey.generate(.ecdsaP256)
            let certificate = try SelfSigned.issue(
                key: key, dnsNames: [], notBefore: Date(timeIntervalSince1970: 946_684_800),
                notAfter: Date(timeIntervalSince1970: 4_102_444_800), isCA: true, commonName: name)
            return try CertificateAuthority(keyPair: TLSKeyPair(certificates: [certificate], privateKey: key))
        }
    }
}

/// A small seeded generator (Steele, Lea, Flood 2014), so that a test that fails can be run again as it was.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts from a seed.
    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
