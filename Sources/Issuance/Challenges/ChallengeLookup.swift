internal import ACME
internal import Core
internal import KubernetesAPI
public import Logging
public import Store

/// Finds the answer to an http-01 token in the store itself, for a replica whose updates have not shown it yet. Reads exactly one Secret.
public struct ChallengeLookup: Sendable {
    private let store: any Store
    private let namespace: String
    private let logger: Logger

    /// Makes a lookup.
    ///
    /// - Parameter namespace: Where tokens are kept: ``IssuanceSettings/clusterResourceNamespace``.
    public init(store: any Store, namespace: String, logger: Logger) {
        self.store = store
        self.namespace = namespace
        self.logger = logger
    }

    /// The key authorization of a token; nil when there is none, or when the store cannot tell.
    ///
    /// - Parameter token: as it came in a request.
    public func callAsFunction(_ token: String) async -> String? {
        let name = HTTP01TokenSecret.name(token: token, namespace: namespace)
        do throws(StoreError) {
            // The name is a hash of the token, so the content has to say that it is this one; it must be its key authorization too
            // (RFC 8555 §8.1), so that nothing else which somebody put there is shown to the world.
            guard let secret = try await store.secret(name), let found = HTTP01TokenSecret.entry(of: secret), found.token == token,
                found.keyAuthorization.hasPrefix(token + ".")
            else { return nil }
            return found.keyAuthorization
        } catch {
            logger.debug("an http-01 token could not be looked up", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
