internal import Core
internal import FoundationEssentials
internal import PKI
internal import Routing

/// Finds a certificate by the names in it. When several have a name, the one that expires last serves it, then the first by Secret.
struct NameIndex {
    private(set) var map: HostMap<CertificateEntry>
    /// The credentials with each name that several have; most names have one, which stands in the map alone.
    private var shared: [String: [Credential]] = [:]

    init(hash: HostHash) { map = HostMap(hash: hash) }

    mutating func insert(_ credential: Credential) {
        for name in credential.names {
            guard let known = map[name]?.credential else {
                map[name] = CertificateEntry(name, credential)
                continue
            }
            let all = shared[name, default: [known]] + [credential]
            shared[name] = all
            map[name] = NameIndex.best(of: all).map { CertificateEntry(name, $0) }
        }
    }

    mutating func remove(_ credential: Credential) {
        for name in credential.names {
            let left = shared[name, default: []].filter { $0 !== credential }
            shared[name] = left.count > 1 ? left : nil
            map[name] = NameIndex.best(of: left).map { CertificateEntry(name, $0) }
        }
    }

    private static func best(of credentials: [Credential]) -> Credential? {
        credentials.min { left, right in
            let (leftEnd, rightEnd) = (left.keyPair.leaf.notAfter, right.keyPair.leaf.notAfter)
            if leftEnd != rightEnd { return leftEnd > rightEnd }
            return left.secret?.description ?? "" < right.secret?.description ?? ""
        }
    }
}
