internal import Core
internal import KubernetesAPI
internal import Routing

/// What one Ingress says about the TLS of its hosts.
struct TLSPolicyClaim: Hashable {
    let rank: IngressRank
    /// The annotation; nil is no opinion.
    let wish: String?
    /// The class that it belongs to, while that matters.
    let ingressClass: String?
    /// The host patterns of its rules and `tls` sections. Those that are none are reported by others.
    let hosts: Set<String>

    init(_ ingress: Ingress, ingressClass: String?) {
        rank = IngressRank(ingress)
        wish = ingress.metadata.annotations[TLSPolicyCompiler.annotation]
        self.ingressClass = ingressClass
        var hosts: Set<String> = []
        for host in ingress.spec.rules.lazy.compactMap(\.host) + ingress.spec.tls.lazy.flatMap(\.hosts) {
            if let pattern = try? HostPattern.parse(host), pattern != HostPattern.every { hosts.insert(pattern) }
        }
        self.hosts = hosts
    }
}
