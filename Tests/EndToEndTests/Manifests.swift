/// Manifest texts that the tests put together.
enum Text {
    static let ingressClass = """
        apiVersion: networking.k8s.io/v1
        kind: IngressClass
        metadata: {name: certctl}
        spec: {controller: certctl.dev/ingress}
        """

    static func ingress(_ name: String, hosts: [String], secret: String, issuer: String?, service: String = "echo") -> String {
        """
        apiVersion: networking.k8s.io/v1
        kind: Ingress
        metadata:
          name: \(name)
          namespace: web
          annotations: {\(issuer.map { "cert-manager.io/cluster-issuer: \($0)" } ?? "")}
        spec:
          ingressClassName: certctl
          tls: [{hosts: [\(hosts.map { "'\($0)'" }.joined(separator: ", "))], secretName: \(secret)}]
          rules:
        \(hosts.map { "  - {host: '\($0)', http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: \(service), port: {number: 80}}}}]}}" }.joined(separator: "\n"))
        """
    }

    static func service(_ name: String, port: Int) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: web}
        spec: {ports: [{name: http, port: 80}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: \(name)-1, namespace: web, labels: {kubernetes.io/service-name: \(name)}}
        addressType: IPv4
        ports: [{name: http, port: \(port)}]
        endpoints: [{addresses: [127.0.0.1]}]
        """
    }

    static func acmeIssuer(
        _ name: String, directory: String, caBundle: String, solvers: String = "[{http01: {ingress: {ingressClassName: certctl}}}]"
    ) -> String {
        """
        apiVersion: cert-manager.io/v1
        kind: ClusterIssuer
        metadata: {name: \(name)}
        spec:
          acme:
            server: \(directory)
            email: test@example.test
            caBundle: \(caBundle)
            privateKeySecretRef: {name: \(name)-account}
            solvers: \(solvers)
        """
    }

    static func selfSignedIssuer(_ name: String) -> String {
        "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: \(name)}\nspec: {selfSigned: {}}"
    }

    static func tlsSecret(_ name: String, certificate: String, key: String) -> String {
        func indented(_ text: String) -> String { text.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n") }
        return """
            apiVersion: v1
            kind: Secret
            type: kubernetes.io/tls
            metadata: {name: \(name), namespace: web}
            stringData:
              tls.crt: |
            \(indented(certificate))
              tls.key: |
            \(indented(key))
            """
    }

    static func documents(_ texts: String...) -> String { texts.joined(separator: "\n---\n") + "\n" }
}
