internal import Core

/// Which Secrets served Ingresses name, how many do, and for which hosts.
struct SecretUses {
    private struct Use {
        var ingressCount = 0
        var hosts: Set<String> = []
    }

    private var uses: [NamespacedName: Use] = [:]
    private var unused: Set<NamespacedName> = []

    /// - Parameter always: a Secret that counts as named whatever Ingresses there are.
    init(always: NamespacedName?) {
        if let always { retain(always) }
    }

    /// Every Secret in use.
    var all: Set<NamespacedName> { Set(uses.keys) }

    /// Whether the Secret is in use.
    func contains(_ secret: NamespacedName) -> Bool { uses[secret] != nil }

    /// The host patterns that a Secret is named for.
    func hosts(of secret: NamespacedName) -> Set<String> { uses[secret]?.hosts ?? [] }

    /// One more Ingress names the Secret.
    mutating func retain(_ secret: NamespacedName) {
        uses[secret, default: Use()].ingressCount += 1
        unused.remove(secret)
    }

    /// One Ingress less does. It stays known until ``takeUnused()``, for the same Ingress may name it again in the same update.
    mutating func release(_ secret: NamespacedName) {
        uses[secret]?.ingressCount -= 1
        if uses[secret]?.ingressCount == 0 { unused.insert(secret) }
    }

    /// The Secret is named for a host.
    mutating func link(_ host: String, to secret: NamespacedName) { uses[secret]?.hosts.insert(host) }

    /// No Ingress names the Secret for the host any more.
    mutating func unlink(_ host: String, from secret: NamespacedName) { uses[secret]?.hosts.remove(host) }

    /// Forgets the Secrets that no Ingress names any more, and returns them.
    mutating func takeUnused() -> Set<NamespacedName> {
        for secret in unused { uses[secret] = nil }
        defer { unused = [] }
        return unused
    }
}
