internal import ACME
public import Core
internal import HashTreeCollections
internal import KubernetesAPI
public import Store

/// The Secret that makes an http-01 token survive a crash and reach every replica.
///
/// Its name follows from the token, so a replica that is asked for a token which it does not know can read exactly one object.
public enum HTTP01TokenSecret {
    /// What the name of a token's Secret starts with.
    static let prefix = "certctl-http01-"

    /// The Secret of a token.
    public static func name(token: String, namespace: String) -> NamespacedName {
        NamespacedName(namespace: namespace, name: prefix + Fingerprint.of([token]))
    }

    /// Token to key authorization, of all token Secrets in the namespace.
    public static func tokens(in objects: ObjectSet, namespace: String) -> [String: String] {
        var tokens: [String: String] = [:]
        for secret in objects.secrets.values where secret.metadata.namespace == namespace {
            if let entry = entry(of: secret) { tokens[entry.token] = entry.keyAuthorization }
        }
        return tokens
    }

    static func secret(for challenge: PresentedChallenge, target: NamespacedName, namespace: String) -> Secret {
        Secret(
            metadata: ObjectMeta(
                id: name(token: challenge.token, namespace: namespace), labels: SecretRole.http01.labels,
                annotations: [ObjectKeys.targetAnnotation: target.description]),
            data: [
                ObjectKeys.tokenKey: Array(challenge.token.utf8),
                ObjectKeys.keyAuthorizationKey: Array(challenge.keyAuthorization.utf8),
                ObjectKeys.identifierKey: Array(challenge.identifier.value.utf8),
            ])
    }

    /// Whether two Secrets say the same.
    static func isSame(_ left: Secret, _ right: Secret) -> Bool {
        left.data == right.data
            && left.metadata.annotations[ObjectKeys.targetAnnotation] == right.metadata.annotations[ObjectKeys.targetAnnotation]
            && SecretRole(of: left) == .http01
    }

    /// What a Secret says; nil when it is no token's, or not where that token's would be.
    static func entry(of secret: Secret) -> (token: String, keyAuthorization: String, target: NamespacedName?)? {
        guard SecretRole(of: secret) == .http01,
            let token = secret.data[ObjectKeys.tokenKey].flatMap({ String(validating: $0, as: UTF8.self) }),
            let keyAuthorization = secret.data[ObjectKeys.keyAuthorizationKey].flatMap({ String(validating: $0, as: UTF8.self) }),
            name(token: token, namespace: secret.metadata.namespace) == secret.metadata.id
        else { return nil }
        return (token, keyAuthorization, secret.metadata.annotations[ObjectKeys.targetAnnotation].flatMap { NamespacedName($0) })
    }
}
