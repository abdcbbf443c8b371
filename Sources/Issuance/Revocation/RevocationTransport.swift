public import Core
public import HTTPClient
internal import PKI

/// Carries the questions of a ``RevocationChecker``.
public protocol RevocationTransport: Sendable {
    /// Sends one request.
    ///
    /// - Returns: the body of an answer of status 200.
    func fetch(_ request: RevocationQuery) async throws(RevocationTransportError) -> [UInt8]
}

/// One request to an OCSP responder or for a revocation list.
public struct RevocationQuery: Hashable, Sendable {
    /// An `http` or `https` URL, from a certificate.
    public let url: String
    /// What is posted; nil for GET.
    public let body: [UInt8]?
    /// Longest body of the answer. Beyond: an error.
    public let bytesMax: Int
    /// How long it may take in all.
    public let timeout: Duration
}

/// Why there is no answer, in words for an operator.
public struct RevocationTransportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line.
    public let description: String

    /// Makes an error.
    public init(_ description: String) { self.description = description }
}

/// Carries them over ``HTTPClient``.
public struct RevocationHTTPTransport: RevocationTransport {
    private let client: HTTPClient

    /// Makes a transport with a client of its own.
    ///
    /// - Parameters:
    ///   - networks: where responders may be that are at no public address. The URLs are those of certificates, which may be anybody's:
    ///     outside of these networks nobody can have requests sent to what only this machine can reach. A CA of one's own may need one.
    ///   - proxy: which proxy requests go through.
    public init(privateNetworks networks: [IPNetwork] = [], proxy: HTTPProxy = .environment) throws(HTTPClientError) {
        client = try HTTPClient(
            HTTPClient.Configuration(proxy: proxy, requestsPerOriginMax: 2, publicAddressesOnly: true, allowedNetworks: networks))
    }

    /// Sends one request. A redirect is no answer: RFC 6960 and RFC 5280 know none.
    public func fetch(_ request: RevocationQuery) async throws(RevocationTransportError) -> [UInt8] {
        var headers = HTTPFields()
        if request.body != nil {
            headers.append("Content-Type", OCSPRequest.contentType)
            headers.append("Accept", OCSPRequest.responseContentType)
        }
        let response: HTTPResponse
        do {
            response = try await client.send(
                HTTPRequest(
                    method: request.body == nil ? "GET" : "POST", url: request.url, headers: headers,
                    body: request.body.map { .bytes($0) } ?? .none,
                    timeouts: HTTPTimeouts(connect: .seconds(5), total: request.timeout, idle: .seconds(10))),
                bodyBytesMax: request.bytesMax)
        } catch {
            throw RevocationTransportError("\(error)")
        }
        guard response.status == 200 else { throw RevocationTransportError("status \(response.status), expected 200") }
        return response.body
    }

    /// Ends the client.
    public func shutdown() async { await client.shutdown() }
}
