import FoundationEssentials
import HTTPClient
import Testing

/// Peers that many tests share; starting one costs a tenth of a second.
enum Peers {
    static func plain() async throws -> Peer { try await sharedPlain.value }
    /// A second plain server, for tests in which a peer that is late because of others would look like one that is silent.
    static func calm() async throws -> Peer { try await sharedCalm.value }
    static func tls() async throws -> Peer { try await sharedTLS.value }

    /// A URL of the calm server.
    static func calmURL(_ path: String) async throws -> String { "http://127.0.0.1:\(try await calm().port)\(path)" }

    /// A URL of the plain server.
    static func url(_ path: String) async throws -> String { "http://127.0.0.1:\(try await plain().port)\(path)" }

    private static let sharedPlain = Task { try await Peer(PeerScripts.server) }
    private static let sharedCalm = Task { try await Peer(PeerScripts.server) }
    private static let sharedTLS = Task {
        let certificates = try await Certificates.shared()
        return try await Peer(PeerScripts.server, [certificates.path("server.pem"), certificates.path("server.key")])
    }
}

/// Certificates made by openssl, in a folder that goes away with the process.
struct Certificates {
    private let maker: Peer
    private let folder: String

    static func shared() async throws -> Certificates { try await made.value }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }

    private static let made = Task {
        let maker = try await Peer(PeerScripts.certificates)
        let folder = try #require(maker.printed(prefix: "folder ").first).dropFirst(7)
        return Certificates(maker: maker, folder: String(folder))
    }
}

/// A number that no other test gets, for `?t=`.
func unique() -> UInt64 { UInt64.random(in: 0...UInt64.max) }

extension HTTPClient {
    /// What a request fails with, or nil.
    func failure(_ request: HTTPRequest, bodyBytesMax: Int = 1 << 20) async -> HTTPClientError? {
        do throws(HTTPClientError) {
            _ = try await send(request, bodyBytesMax: bodyBytesMax)
            return nil
        } catch {
            return error
        }
    }

    /// A client that takes no notice of the environment.
    static func direct(timeouts: HTTPTimeouts = HTTPTimeouts(), requestsPerOriginMax: Int = 16) throws -> HTTPClient {
        try HTTPClient(Configuration(proxy: .direct, timeouts: timeouts, requestsPerOriginMax: requestsPerOriginMax))
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }
}
