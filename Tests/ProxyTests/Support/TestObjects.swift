import Certificates
import Core
import FoundationEssentials
import KubernetesAPI
import PKI

/// Objects in short form. Everything is in the namespace `shop`.
enum Make {
    /// A Service with one endpoint per port of this machine.
    static func service(_ name: String, ports: [Int]) -> [KubernetesObject] {
        [.service(Service(metadata: meta(name), ports: [ServicePort(name: "http", port: 80)]))]
            + [slice(name, ports: ports)].flatMap { $0 }
    }

    /// EndpointSlices with one endpoint each, since a slice has the same ports for all of its endpoints.
    static func slice(_ name: String, ports: [Int]) -> [KubernetesObject] {
        ports.enumerated().map { index, port in
            .endpointSlice(
                EndpointSlice(
                    metadata: meta("\(name)-\(index)", labels: [EndpointSlice.serviceNameLabel: name]),
                    ports: [EndpointPort(name: "http", port: port)],
                    endpoints: [Endpoint(addresses: ["127.0.0.1"], ready: true, serving: true, terminating: false)]))
        }
    }

    /// An ExternalName Service.
    static func external(_ name: String, to host: String, port: Int) -> KubernetesObject {
        .service(
            Service(metadata: meta(name), type: "ExternalName", externalName: host, ports: [ServicePort(name: "http", port: port)]))
    }

    /// An Ingress that leads all paths of a host to a Service.
    static func ingress(
        _ host: String, to service: String, path: String = "/", port: Int = 80, tls secret: String? = nil,
        policy: String? = nil
    ) -> KubernetesObject {
        let backend = IngressBackend.service(name: service, port: .number(port))
        let rule = IngressRule(host: host, paths: [HTTPIngressPath(path: path, pathType: .prefix, backend: backend)])
        let tls = secret.map { [IngressTLS(hosts: [host], secretName: $0)] } ?? []
        let name = host.replacing("*", with: "any") + path.replacing("/", with: "-")
        return .ingress(
            Ingress(
                metadata: meta(name, annotations: policy.map { [TLSPolicyCompiler.annotation: $0] } ?? [:]),
                spec: IngressSpec(ingressClassName: "certctl", tls: tls, rules: [rule])))
    }

    /// A host that leads to these ports.
    static func site(_ host: String = "app.test", ports: [Int], tls secret: String? = nil, policy: String? = nil) -> [KubernetesObject] {
        let service = "s-" + host.replacing(".", with: "-").replacing("*", with: "any")
        return Make.service(service, ports: ports) + [ingress(host, to: service, tls: secret, policy: policy)]
    }

    /// A Secret with a self-signed certificate for these names, which are as good as any for a client that asks for no more.
    static func secret(_ name: String, _ names: [String], algorithm: KeyAlgorithm = .ecdsaP256) throws -> KubernetesObject {
        let key = try PrivateKey.generate(algorithm)
        let certificate = try SelfSigned.issue(
            key: key, dnsNames: names.map { try DNSName(parsing: $0) }, notBefore: Date() - 3600, notAfter: Date() + 86_400)
        let data = ["tls.crt": Array(PEM.encode([certificate]).utf8), "tls.key": key.pem().copy()]
        return .secret(Secret(metadata: meta(name), type: "kubernetes.io/tls", data: data))
    }

    private static func meta(_ name: String, labels: [String: String] = [:], annotations: [String: String] = [:]) -> ObjectMeta {
        ObjectMeta(namespace: "shop", name: name, labels: labels, annotations: annotations)
    }
}
