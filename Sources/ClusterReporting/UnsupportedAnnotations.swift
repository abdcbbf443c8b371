internal import HashTreeCollections
internal import Issuance
internal import KubernetesAPI
public import Routing
public import Store

/// Annotations that ask something of an ingress controller or of cert-manager and that certctl does not follow: whoever moves here has to
/// hear of them, since an annotation that limits access and is ignored is a hole.
public enum UnsupportedAnnotations {
    /// Names in one message; the others are counted.
    static let namesMax = 10

    /// The sources of annotations whose meaning is known.
    private static let prefixes = [
        "nginx.ingress.kubernetes.io/", "cert-manager.io/", "acme.cert-manager.io/", "certctl.dev/", "traefik.ingress.kubernetes.io/",
        "haproxy.org/", "haproxy-ingress.github.io/",
    ]
    /// How cert-manager's solver is to make its Pods and Ingresses, which do not exist here.
    private static let meaningless = "acme.cert-manager.io/http01-"

    /// One problem for each served Ingress that has any.
    public static func problems(in objects: ObjectSet, _ ingressClasses: IngressClassPolicy) -> Set<ReportedProblem> {
        var problems: Set<ReportedProblem> = []
        for ingress in objects.ingresses.values {
            let names = names(of: ingress)
            guard !names.isEmpty, ingressClasses.serves(ingress, classes: objects.ingressClasses) else { continue }
            let key = ObjectKey(kind: .ingress, name: ingress.metadata.id)
            problems.insert(
                ReportedProblem(
                    regarding: key, reason: .unsupportedAnnotation,
                    message: "certctl does not follow \(ShownText.list(names, most: namesMax))"))
        }
        return problems
    }

    /// The annotations of one Ingress that are not followed, sorted.
    static func names(of ingress: Ingress) -> [String] {
        ingress.metadata.annotations.keys.filter { name in
            prefixes.contains { name.hasPrefix($0) } && !name.hasPrefix(meaningless) && !IngressAnnotations.followed.contains(name)
        }.sorted()
    }
}
