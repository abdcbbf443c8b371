import Core
import KubernetesAPI
import Store
import Testing

@testable import ClusterReporting
@testable import Routing

@Suite("Annotations that are not followed") struct UnsupportedAnnotationTests {
    private let limiting = "nginx.ingress.kubernetes.io/whitelist-source-range"

    private func problems(_ annotations: [String: String], className: String = "certctl") -> Set<ReportedProblem> {
        var ingress = Sample.ingress("web")
        ingress.metadata.annotations = annotations
        ingress.spec.ingressClassName = className
        return UnsupportedAnnotations.problems(in: ObjectSet([.ingress(ingress)]), IngressClassPolicy())
    }

    @Test func `what would limit access elsewhere is named`() throws {
        let found = problems([limiting: "10.0.0.0/8", "nginx.ingress.kubernetes.io/auth-url": "https://sso/", "team": "shop"])
        let problem = try #require(found.first)
        #expect(found.count == 1 && problem.reason == .unsupportedAnnotation)
        #expect(problem.regarding == ObjectKey(kind: .ingress, name: Sample.ingress("web").metadata.id))
        #expect(problem.message == "certctl does not follow nginx.ingress.kubernetes.io/auth-url, \(limiting)")
    }

    @Test func `what is followed, means nothing here, or belongs to others is not`() {
        #expect(
            problems([
                "cert-manager.io/cluster-issuer": "le", "cert-manager.io/duration": "2160h", "kubernetes.io/tls-acme": "true",
                "acme.cert-manager.io/http01-edit-in-place": "true", "external-dns.alpha.kubernetes.io/hostname": "a.example",
            ]).isEmpty)
    }

    @Test func `values are not told`() {
        #expect(problems([limiting: "secret-network"]).allSatisfy { !$0.message.contains("secret-network") })
    }

    @Test func `an Ingress of somebody else is none of our business`() {
        #expect(problems([limiting: "10.0.0.0/8"], className: "nginx").isEmpty)
    }

    @Test(arguments: [UnsupportedAnnotations.namesMax, UnsupportedAnnotations.namesMax + 1])
    func `many are counted rather than listed`(count: Int) throws {
        let names = (0..<count).map { "certctl.dev/a\(10 + $0)" }
        let problem = try #require(problems(Dictionary(uniqueKeysWithValues: names.map { ($0, "") })).first)
        #expect(problem.message.hasSuffix(" and 1 more") == (count > UnsupportedAnnotations.namesMax))
        #expect(problem.message.contains(names[UnsupportedAnnotations.namesMax - 1]))
    }
}
