import Core
import FoundationEssentials
import Issuance
import KubernetesAPI
import KubernetesClient
import Manifests
import Store
import TestKit

let noon = Date(timeIntervalSince1970: 1_788_264_000)

/// Objects and facts by hand.
enum Sample {
    static func metadata(_ name: String, namespace: String = "shop", generation: Int = 1) -> ObjectMeta {
        var metadata = ObjectMeta(namespace: namespace, name: name)
        metadata.uid = "uid-\(name)"
        metadata.resourceVersion = "1"
        metadata.generation = generation
        return metadata
    }

    static func ingress(_ name: String, className: String? = "certctl", addresses: [LoadBalancerIngress] = []) -> Ingress {
        Ingress(metadata: metadata(name), spec: IngressSpec(ingressClassName: className), loadBalancer: addresses)
    }

    static func service(_ type: String, change: (inout Service) -> Void = { _ in }) -> Service {
        var service = Service(metadata: metadata("front", namespace: "infra"), type: type, clusterIP: "10.0.0.9")
        change(&service)
        return service
    }

    static func certificate(
        _ name: String = "web", secret: String = "tls", group: String = "cert-manager.io", status: CertificateStatus = CertificateStatus()
    ) -> CertificateResource {
        CertificateResource(
            metadata: metadata(name, generation: 3),
            spec: CertificateSpec(
                secretName: secret, dnsNames: ["a.example"], issuerRef: IssuerReference(kind: "ClusterIssuer", name: "le", group: group)),
            status: status)
    }

    static func fact(
        _ state: CertificateFact.State, secret: String = "tls", reason: IssueReason? = nil,
        change: (inout CertificateFact) -> Void = { _ in }
    ) -> CertificateFact {
        var fact = CertificateFact(namespace: "shop", secretName: secret, hosts: ["a.example"], ingresses: ["shop/web"], state: state)
        fact.issuer = "ClusterIssuer/le"
        fact.reason = reason?.rawValue
        change(&fact)
        return fact
    }

    static func valid(issued: Date? = nil, reason: IssueReason? = nil, serial: String = "0a") -> CertificateFact {
        fact(.valid) {
            $0.notBefore = noon.addingTimeInterval(-3600)
            $0.notAfter = noon.addingTimeInterval(90 * 86_400)
            $0.renewAt = noon.addingTimeInterval(60 * 86_400 + 0.5)
            $0.serialNumber = serial
            $0.issued = issued
            $0.issuedReason = reason?.rawValue
        }
    }

    static func failing(_ failures: Int, at date: Date, _ error: String) -> CertificateFact {
        fact(.failing, reason: .doesNotExist) {
            $0.failures = failures
            $0.lastError = error
            $0.lastFailure = date
            $0.nextAttempt = date.addingTimeInterval(60)
        }
    }

    static func text(_ value: ManifestValue) -> String { String(decoding: ManifestWriter.json(value), as: UTF8.self) }
}
