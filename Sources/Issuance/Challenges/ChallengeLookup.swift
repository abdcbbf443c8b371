internal import ACME
internal import Core
internal import KubernetesAPI
public import Logging
public import Store

/// Finds the answer to a challenge in the store itself, for a replica whose updates have not shown it yet. Reads exactly one Secret.
public struct ChallengeLookup: Sendable {
    private let store: any Store
    private let namespace: String
    private let logger: Logger

    /// Makes a lookup.
    ///
    /// - Parameter namespace: Where challenges are kept: ``IssuanceSettings/clusterResourceNamespace``.
    public init(store: any Store, namespace: String, logger: Logger) {
        self.store = store
        self.namespace = namespace
        self.logger = logger
    }

    /// The key authorization of an http-01 token; nil when there is none, or when the store cannot tell.
    ///
    /// - Parameter token: as it came in a request.
    public func callAsFunction(_ token: String) async -> String? { await find(.http01(token: token)) }

    /// The key authorization of a host that a tls-alpn-01 handshake is for; nil as above.
    ///
    /// - Parameter host: a DNS name in lower case, or an address in its canonical form.
    public func tlsALPN01(_ host: String) async -> String? { await find(.tlsALPN01(host: host)) }

    private func find(_ key: ChallengeKey) async -> String? {
        do throws(StoreError) {
            guard let secret = try await store.secret(ChallengeSecret.name(key, namespace: namespace)),
                let found = ChallengeSecret(secret), found.key == key
            else { return nil }
            return found.keyAuthorization
        } catch {
            logger.debug("a challenge could not be looked up", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
