internal import ACME
internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store

/// What a CA comes with when it looks for a challenge that a process which serves traffic answers.
enum ChallengeKey: Hashable, Sendable {
    /// The token in the path. RFC 8555 §8.3.
    case http01(token: String)
    /// The name, or the address, that the handshake is for. RFC 8737 §3, RFC 8738 §6.
    case tlsALPN01(host: String)

    /// Nil for a challenge that is answered elsewhere.
    init?(_ challenge: PresentedChallenge) {
        switch challenge.type {
        case .http01: self = .http01(token: challenge.token)
        case .tlsALPN01: self = .tlsALPN01(host: challenge.identifier.value)
        default: return nil
        }
    }

    var role: SecretRole {
        switch self {
        case .http01: .http01
        case .tlsALPN01: .tlsALPN01
        }
    }
}

/// The Secret that makes a challenge survive a crash and reach every replica.
///
/// Its name follows from what the CA comes with, so a replica that is asked for something which it does not know can read exactly one
/// object.
struct ChallengeSecret {
    /// What the CA comes with.
    let key: ChallengeKey
    /// What it must find. RFC 8555 §8.1.
    let keyAuthorization: String
    /// The Secret that the order is for.
    let target: NamespacedName?

    /// What the names of these Secrets start with.
    static let prefixes = [http01Prefix, tlsALPN01Prefix]
    private static let http01Prefix = "certctl-http01-"
    private static let tlsALPN01Prefix = "certctl-alpn-"

    /// The Secret of a challenge.
    static func name(_ key: ChallengeKey, namespace: String) -> NamespacedName {
        switch key {
        case .http01(let token): NamespacedName(namespace: namespace, name: http01Prefix + Fingerprint.of([token]))
        case .tlsALPN01(let host): NamespacedName(namespace: namespace, name: tlsALPN01Prefix + Fingerprint.of([host]))
        }
    }

    /// Whether a Secret of this name may be one.
    static func isName(_ secret: NamespacedName, namespace: String) -> Bool {
        secret.namespace == namespace && prefixes.contains { secret.name.hasPrefix($0) }
    }

    /// What all of them in a namespace say.
    static func all(in objects: ObjectSet, namespace: String) -> ChallengeAnswers {
        var answers = ChallengeAnswers()
        for secret in objects.secrets.values where secret.metadata.namespace == namespace {
            if let found = ChallengeSecret(secret) { answers[found.key] = found.keyAuthorization }
        }
        return answers
    }

    static func secret(for challenge: PresentedChallenge, _ key: ChallengeKey, target: NamespacedName, namespace: String) -> Secret {
        Secret(
            metadata: ObjectMeta(
                id: name(key, namespace: namespace), labels: key.role.labels,
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
            && SecretRole(of: left) == SecretRole(of: right)
    }

    /// Reads a Secret; nil when it is no challenge's, or not where that challenge's would be.
    init?(_ secret: Secret) {
        func text(_ entry: String) -> String? { secret.data[entry].flatMap { String(validating: $0, as: UTF8.self) } }
        guard let role = SecretRole(of: secret), let keyAuthorization = text(ObjectKeys.keyAuthorizationKey),
            let token = text(ObjectKeys.tokenKey)
        else { return nil }
        switch role {
        case .http01: key = .http01(token: token)
        case .tlsALPN01:
            guard let host = text(ObjectKeys.identifierKey) else { return nil }
            key = .tlsALPN01(host: host)
        default: return nil
        }
        // The content says what the name only hashes. A key authorization begins with its token (RFC 8555 §8.1), so that nothing else
        // which somebody put there is shown to the world.
        guard ChallengeSecret.name(key, namespace: secret.metadata.namespace) == secret.metadata.id, keyAuthorization.hasPrefix(token + ".")
        else { return nil }
        self.keyAuthorization = keyAuthorization
        target = secret.metadata.annotations[ObjectKeys.targetAnnotation].flatMap { NamespacedName($0) }
    }
}
