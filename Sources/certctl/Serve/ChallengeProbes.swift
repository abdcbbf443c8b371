internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import Issuance
internal import Proxy
internal import Synchronization

/// Where this process serves, known once it does.
final class BoundListeners: Sendable {
    private let bound: Mutex<BoundAddresses?> = Mutex(nil)

    func set(_ addresses: BoundAddresses?) { bound.withLock { $0 = addresses } }

    var http: ListenAddress? { bound.withLock { $0?.http.first } }
    var https: ListenAddress? { bound.withLock { $0?.https.first } }
}

/// Why a probe got no answer.
struct ProbeFailure: Error, CustomStringConvertible {
    let description: String
}

/// Asks this process itself, as a CA would over the network.
struct ListenerProbe: ChallengeProbe {
    let listeners: BoundListeners
    let client: HTTPClient

    let name = "our own listener"

    func http01(host: String, token: String) async throws -> [UInt8] {
        guard let address = listeners.http else { throw ProbeFailure(description: "it does not listen yet") }
        let response = try await client.send(
            HTTPRequest(
                url: "http://\(address.reachable)/.well-known/acme-challenge/\(token)",
                headers: ["Host": host.contains(":") ? "[\(host)]" : host]),
            bodyBytesMax: ProbeLimits.bodyBytesMax)
        guard response.status == 200 else { throw ProbeFailure(description: "\(address.reachable) answered \(response.status)") }
        return response.body
    }

    func tlsALPN01(host: String) async throws -> [UInt8]? {
        guard let address = listeners.https else { throw ProbeFailure(description: "it does not listen yet") }
        return try await TLSALPN01Handshake(host: host).certificate(from: address.reachable)
    }
}

/// The handshake by which a CA looks at a tls-alpn-01 challenge. RFC 8737 §3.
struct TLSALPN01Handshake {
    /// What is proved: a name, or an address without brackets.
    let host: String

    /// The certificate, DER, that somebody shows there.
    func certificate(from address: ListenAddress) async throws -> [UInt8] {
        // RFC 8738 §6: an address is asked for by its reverse name.
        let serverName = TLSALPN01Handshake.reverseName(of: host) ?? host
        let probe = TLSProbe(host: address.host, port: address.port, serverName: serverName, applicationProtocols: ["acme-tls/1"])
        let answer = try await probe.ask()
        guard answer.applicationProtocol == "acme-tls/1", let leaf = answer.chain.first else {
            throw ProbeFailure(description: "\(answer.address) did not agree on acme-tls/1")
        }
        return leaf
    }

    /// RFC 1035 §3.5 and RFC 3596 §2.5; nil for what is no address.
    private static func reverseName(of address: String) -> String? {
        guard let octets = IPAddressText.octets(of: address) else { return nil }
        if octets.count == 4 { return octets.reversed().map { "\($0)." }.joined() + "in-addr.arpa" }
        return octets.reversed().map { "\(String($0 & 15, radix: 16)).\(String($0 >> 4, radix: 16))." }.joined() + "ip6.arpa"
    }
}

extension ListenAddress {
    /// Where this machine reaches a listener: one of every address is at the loopback address too.
    fileprivate var reachable: ListenAddress {
        switch host {
        case "0.0.0.0", "": ListenAddress(host: "127.0.0.1", port: port)
        case "::": ListenAddress(host: "::1", port: port)
        default: self
        }
    }
}

/// Asks the way that a CA takes: the host's addresses in the DNS, for http-01 at port 80, redirects followed, certificates not looked at
/// (RFC 8555 §8.3), for tls-alpn-01 at port 443 (RFC 8737 §3).
struct PublicProbe: ChallengeProbe {
    /// For the host itself, which may well be in a private network.
    let client: HTTPClient
    /// For wherever it redirects to: nobody is to reach through us what only this machine can reach.
    let guarded: HTTPClient

    let name = "its public address"

    func http01(host: String, token: String) async throws -> [UInt8] {
        let own = host.contains(":") ? "[\(host)]" : host
        var url = "http://\(own)/.well-known/acme-challenge/\(token)"
        for _ in 0...ProbeLimits.redirectsMax {
            guard let target = URL(string: url), ProbeLimits.isFollowed(target) else {
                throw ProbeFailure(description: "it redirects to a URL that a CA does not follow: \(url.oneLine(bytesMax: 200))")
            }
            let isOwn = target.host()?.lowercased() == host
            let response = try await (isOwn ? client : guarded).send(HTTPRequest(url: url), bodyBytesMax: ProbeLimits.bodyBytesMax)
            let place = "\(target.scheme ?? "")://\(target.host() ?? "")"
            switch response.status {
            case 200: return response.body
            case 301, 302, 303, 307, 308:
                guard let next = response.headers.first("Location").flatMap({ URL(string: $0, relativeTo: target) }) else {
                    throw ProbeFailure(description: "\(place) answered \(response.status) without a Location that is a URL")
                }
                url = next.absoluteURL.absoluteString
            default: throw ProbeFailure(description: "\(place) answered \(response.status)")
            }
        }
        throw ProbeFailure(description: "more than \(ProbeLimits.redirectsMax) redirects")
    }

    func tlsALPN01(host: String) async throws -> [UInt8]? {
        try await TLSALPN01Handshake(host: host).certificate(from: ListenAddress(host: host, port: 443))
    }
}

enum ProbeLimits {
    /// Longest answer to an http-01 request that is read. A key authorization has some 90 bytes.
    static let bodyBytesMax = 16 * 1024
    /// Redirects that are followed; Let's Encrypt follows 10.
    static let redirectsMax = 10

    /// Let's Encrypt follows to ports 80 and 443 only, by http and https.
    static func isFollowed(_ url: URL) -> Bool {
        guard ["http", "https"].contains(url.scheme?.lowercased()), url.host() != nil else { return false }
        return [nil, 80, 443].contains(url.port)
    }
}
