/// Documents that the tests put together.
enum Text {
    /// What cert-manager installs, without its schemas.
    static let customResources = documents(
        customResource("issuers", kind: "Issuer", scope: "Namespaced"),
        customResource("clusterissuers", kind: "ClusterIssuer", scope: "Cluster"),
        customResource("certificates", kind: "Certificate", scope: "Namespaced"))

    private static func customResource(_ plural: String, kind: String, scope: String) -> String {
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: \(plural).cert-manager.io}
        spec:
          group: cert-manager.io
          names: {plural: \(plural), kind: \(kind), listKind: \(kind)List}
          scope: \(scope)
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """
    }

    static func namespace(_ name: String) -> String { "apiVersion: v1\nkind: Namespace\nmetadata: {name: \(name)}" }

    static func ingressClass(_ name: String) -> String {
        """
        apiVersion: networking.k8s.io/v1
        kind: IngressClass
        metadata: {name: \(name)}
        spec: {controller: certctl.dev/\(name)}
        """
    }

    static func ingress(_ name: String, hosts: [String], in site: ClusterSite, issuer: String? = nil, service: String = "echo") -> String {
        let rules = hosts.map { host in
            "{host: \(host), http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: \(service), port: {number: 80}}}}]}}"
        }
        return """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: \(name)
              namespace: \(site.namespace)
              annotations: {\(site.issuerKind.annotation): \(issuer ?? site.name)}
            spec:
              ingressClassName: \(site.name)
              tls: [{hosts: [\(hosts.joined(separator: ", "))], secretName: \(name)-tls}]
              rules: [\(rules.joined(separator: ", "))]
            """
    }

    /// A Service whose only endpoint is this machine at an address that the API server allows: a loopback one it refuses in an EndpointSlice.
    static func service(_ name: String, port: Int, address: String, in site: ClusterSite) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: \(site.namespace)}
        spec: {ports: [{name: http, port: 80}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: \(name)-1, namespace: \(site.namespace), labels: {kubernetes.io/service-name: \(name)}}
        addressType: IPv4
        ports: [{name: http, port: \(port)}]
        endpoints: [{addresses: [\(address)]}]
        """
    }

    /// A Service that is a name for this machine.
    static func externalService(_ name: String, port: Int, in site: ClusterSite) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name), namespace: \(site.namespace)}
        spec: {type: ExternalName, externalName: localhost, ports: [{name: http, port: 80, targetPort: \(port)}]}
        """
    }

    static func acmeIssuer(directory: String, caBundle: String, in site: ClusterSite) -> String {
        """
        apiVersion: cert-manager.io/v1
        kind: \(site.issuerKind.rawValue)
        metadata: {name: \(site.name)\(site.issuerKind == .issuer ? ", namespace: " + site.namespace : "")}
        spec:
          acme:
            server: \(directory)
            email: test@example.test
            caBundle: \(caBundle)
            privateKeySecretRef: {name: \(site.name)-account}
            solvers: [{http01: {ingress: {ingressClassName: \(site.name)}}}]
        """
    }

    static func documents(_ texts: String...) -> String { texts.joined(separator: "\n---\n") + "\n" }
}

/// Which of cert-manager's kinds a site's issuer is.
enum IssuerKind: String {
    case clusterIssuer = "ClusterIssuer"
    case issuer = "Issuer"

    var annotation: String {
        switch self {
        case .clusterIssuer: "cert-manager.io/cluster-issuer"
        case .issuer: "cert-manager.io/issuer"
        }
    }
}
