import Core
import FoundationEssentials
import KubernetesAPI
import Manifests
import Testing

@Suite("Objects from manifests") struct ManifestObjectTests {
    private func decode(_ text: String) -> [DecodedDocument] {
        var decoded: [DecodedDocument] = []
        for case .success(let root) in ManifestReader.documents(in: Array(text.utf8), file: "x.yaml") {
            DecodedDocument.decode(root) { decoded.append($0) }
        }
        return decoded
    }

    private func object(_ text: String) throws -> KubernetesObject {
        guard case .object(let object, _)? = decode(text).first else {
            throw try #require(refusal(text).map { StringError($0) })
        }
        return object
    }

    private struct StringError: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private func refusal(_ text: String) -> String? {
        for case .refused(let error, _) in decode(text) { return "\(error.field ?? "-"): \(error.message)" }
        return nil
    }

    @Test func `an Ingress with everything`() throws {
        let text = """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata:
              name: web
              creationTimestamp: 2026-01-02T03:04:05Z
              uid: 1f0c
              generation: 3
              labels: {app: web}
              annotations: {cert-manager.io/cluster-issuer: le}
              managedFields: [{manager: kubectl, fieldsV1: {f:spec: {}}}]
            spec:
              ingressClassName: certctl
              defaultBackend: {service: {name: fallback, port: {name: http}}}
              tls: [{hosts: [a.example, b.example], secretName: web-tls}, {hosts: []}]
              rules:
              - host: a.example
                http:
                  paths:
                  - {path: /a, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}
                  - {pathType: ImplementationSpecific, backend: {resource: {apiGroup: x.example, kind: Bucket, name: b}}}
              - {}
            status: {loadBalancer: {}}
            """
        guard case .ingress(let ingress) = try object(text) else { return }
        #expect(ingress.metadata.id == NamespacedName(namespace: "default", name: "web"))
        #expect(ingress.metadata.creationTimestamp == Date(timeIntervalSince1970: 1_767_323_045))
        #expect((ingress.metadata.uid, ingress.metadata.generation) == ("1f0c", 3))
        #expect(ingress.metadata.annotations == ["cert-manager.io/cluster-issuer": "le"])
        #expect(
            ingress.spec
                == IngressSpec(
                    ingressClassName: "certctl", defaultBackend: .service(name: "fallback", port: .name("http")),
                    tls: [IngressTLS(hosts: ["a.example", "b.example"], secretName: "web-tls"), IngressTLS(hosts: [], secretName: nil)],
                    rules: [
                        IngressRule(
                            host: "a.example",
                            paths: [
                                HTTPIngressPath(path: "/a", pathType: .exact, backend: .service(name: "web", port: .number(80))),
                                HTTPIngressPath(
                                    path: "", pathType: .implementationSpecific,
                                    backend: .resource(apiGroup: "x.example", kind: "Bucket", name: "b")),
                            ]), IngressRule(host: nil, paths: []),
                    ]))
    }

    @Test(
        arguments: [
            ("metadata: {name: x}", nil),
            ("metadata: {name: X}", "metadata.name: not a name of lower-case letters, digits, - and . with at most 253 bytes (RFC 1123)"),
            (
                "metadata: {name: x, namespace: a.b}",
                "metadata.namespace: not a name of lower-case letters, digits and - with at most 63 bytes (RFC 1123)"
            ),
            ("metadata: {name: 5}", "metadata.name: expected a string, got a whole number (put it in quotes)"),
            ("metadata: {generateName: x}", "metadata.name: the field is missing"),
            ("spec: {}", "metadata: the field is missing"),
            (
                "metadata: {name: x, annotations: {kubernetes.io/tls-acme: true}}",
                "metadata.annotations[kubernetes.io/tls-acme]: expected a string, got a boolean (put it in quotes)"
            ),
            (
                "metadata: {name: x, creationTimestamp: yesterday}",
                "metadata.creationTimestamp: not a time such as 2026-07-31T12:00:00Z (RFC 3339)"
            ),
            ("metadata: {name: x}\nspec: {rules: {}}", "spec.rules: expected a list, got a mapping"),
            ("metadata: {name: x}\nspec: {rules: [a]}", "spec.rules[0]: expected a mapping, got a string"),
            (
                "metadata: {name: x}\nspec: {rules: [{host: a}, {host: 1}]}",
                "spec.rules[1].host: expected a string, got a whole number (put it in quotes)"
            ),
            (
                "metadata: {name: x}\nspec: {rules: [{http: {paths: [{path: a, pathType: Prefix, backend: {}}]}}]}",
                "spec.rules[0].http.paths[0].path: an absolute path that starts with / is needed"
            ),
            (
                "metadata: {name: x}\nspec: {rules: [{http: {paths: [{path: /}]}}]}",
                "spec.rules[0].http.paths[0].pathType: the field is missing"
            ),
            (
                "metadata: {name: x}\nspec: {defaultBackend: {serviceName: a, servicePort: 1}}",
                "spec.defaultBackend: serviceName is of networking.k8s.io/v1beta1; v1 has service.name"
            ),
            ("metadata: {name: x}\nspec: {defaultBackend: {service: {name: a}}}", "spec.defaultBackend.service.port: the field is missing"),
            (
                "metadata: {name: x}\nspec: {defaultBackend: {service: {name: a, port: {}}}}",
                "spec.defaultBackend.service.port: number or name is needed"
            ),
            (
                "metadata: {name: x}\nspec: {defaultBackend: {service: {name: a, port: {name: b, number: 1}}}}",
                "spec.defaultBackend.service.port: number and name cannot both be set"
            ),
            ("metadata: {name: x}\nspec: {defaultBackend: {service: {name: a, port: {number: 65535}}}}", nil),
            (
                "metadata: {name: x}\nspec: {defaultBackend: {service: {name: a, port: {number: 65536}}}}",
                "spec.defaultBackend.service.port.number: 65536 is not a port, 1 to 65535"
            ),
            (
                "metadata: {name: x}\nspec: {defaultBackend: {service: {name: a, port: {number: 0}}}}",
                "spec.defaultBackend.service.port.number: 0 is not a port, 1 to 65535"
            ),
        ] as [(String, String?)]) func `what the API server would refuse of an Ingress`(body: String, expected: String?)
    {
        #expect(refusal("apiVersion: networking.k8s.io/v1\nkind: Ingress\n" + body) == expected)
    }

    @Test func `a Secret's data is decoded, stringData is laid over it`() throws {
        let text =
            "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ntype: kubernetes.io/tls\ndata: {a: aGk=, b: '', c: 1234, d: |\n  aG\n  k=\n, e: null}\nstringData: {a: über}"
        let flow = text.replacing(", d: |\n  aG\n  k=\n", with: ", d: \"aG\\nk=\"")
        guard case .secret(let secret) = try object(flow) else { return }
        #expect(secret.data == ["a": Array("über".utf8), "b": [], "c": [0xD7, 0x6D, 0xF8], "d": Array("hi".utf8)])
        #expect(secret.type == Secret.tlsType)
        #expect(!"\(secret)\(String(reflecting: secret))".contains("über"))
    }

    @Test(arguments: ["a", "ab", "abc", "abcd=", "a=bc", "ab=", "ab==c", "a b=", "*aaa", "abc_"])
    func `base64 that is none is named by its key, not shown`(text: String) {
        let refused = refusal("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {good: aGk=, tls.key: '\(text)'}")
        #expect(refused == "data[tls.key]: not base64 (RFC 4648); plain text goes under stringData")
    }

    @Test func `a Secret is read up to the limit of Kubernetes and refused beyond`() {
        for (size, isGood) in [(Secret.dataBytesMax - 1, true), (Secret.dataBytesMax, false)] {
            let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  k: \"\(String(repeating: "x", count: size))\""
            #expect(refusal(text) == (isGood ? nil : "data: the data has \(size + 1) bytes, the limit is \(Secret.dataBytesMax)"))
        }
    }

    @Test func `Service, EndpointSlice, IngressClass and ConfigMap`() throws {
        let text = """
            apiVersion: v1
            kind: Service
            metadata: {name: web, namespace: shop}
            spec: {clusterIP: None, ports: [{name: http, port: 80, targetPort: web}, {port: 443, targetPort: 8443, appProtocol: https, protocol: UDP}]}
            """
        guard case .service(let service) = try object(text) else { return }
        #expect(
            service.ports == [
                ServicePort(name: "http", port: 80, targetPort: .string("web")),
                ServicePort(port: 443, targetPort: .int(8443), protocol: "UDP", appProtocol: "https"),
            ])
        #expect((service.type, service.clusterIP) == ("ClusterIP", "None"))
        let slice = """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
            addressType: IPv6
            ports: [{name: http, port: 8080}, {name: any}]
            endpoints:
            - {addresses: ["::1"], conditions: {ready: true, serving: true, terminating: false}, zone: a, nodeName: n}
            - {addresses: ["::2"]}
            - {addresses: ["::3"], conditions: {ready: false}}
            """
        guard case .endpointSlice(let endpoints) = try object(slice) else { return }
        #expect(endpoints.endpoints.map(\.isReady) == [true, true, false])
        #expect(endpoints.ports == [EndpointPort(name: "http", port: 8080), EndpointPort(name: "any", port: nil)])
        #expect(endpoints.service == NamespacedName(namespace: "shop", name: "web"))
        guard
            case .ingressClass(let ingressClass) = try object(
                "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: c, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}, spec: {controller: x.example/y}}"
            )
        else { return }
        #expect((ingressClass.controller, ingressClass.isDefault, ingressClass.metadata.namespace) == ("x.example/y", true, ""))
        guard case .configMap(let configMap) = try object("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}") else {
            return
        }
        #expect(configMap.data == ["a": "b"])
    }

    @Test func `a ClusterIssuer as people write it for cert-manager`() throws {
        let text = """
            apiVersion: cert-manager.io/v1
            kind: ClusterIssuer
            metadata: {name: le, namespace: ignored}
            spec:
              acme:
                server: https://acme.example/directory
                email: ops@example.com
                privateKeySecretRef: {name: le-account}
                caBundle: aGk=
                preferredChain: Root X1
                profile: shortlived
                externalAccountBinding: {keyID: kid, keyAlgorithm: HS256, keySecretRef: {name: eab, key: mac}}
                solvers:
                - http01: {ingress: {ingressClassName: nginx, podTemplate: {spec: {nodeSelector: {a: b}}}}}
                - selector: {dnsZones: [example.com], dnsNames: ['*.a.example'], matchLabels: {x: y}}
                  dns01: {cnameStrategy: Follow, cloudflare: {apiTokenSecretRef: {name: cf, key: t}}}
                - tlsALPN01: {}
                - dnsPersist01: {}
                - selector: {}
                fallbackIssuerRefs: [{kind: ClusterIssuer, name: other}]
            """
        guard case .issuer(let issuer) = try object(text), case .acme(let acme) = issuer.spec else { return }
        #expect(issuer.metadata.id == NamespacedName(namespace: "", name: "le"))
        #expect(
            acme
                == ACMEIssuerSpec(
                    server: "https://acme.example/directory", email: "ops@example.com",
                    privateKeySecretRef: SecretKeySelector(name: "le-account", key: "tls.key"), caBundle: Array("hi".utf8),
                    preferredChain: "Root X1", profile: "shortlived",
                    externalAccountBinding: ExternalAccountBinding(keyID: "kid", keySecretRef: SecretKeySelector(name: "eab", key: "mac")),
                    solvers: [
                        ACMESolver(challenge: .http01(HTTP01Solver(ingressClassName: "nginx"))),
                        ACMESolver(
                            selector: ACMESolverSelector(matchLabels: ["x": "y"], dnsNames: ["*.a.example"], dnsZones: ["example.com"]),
                            challenge: .dns01(
                                DNS01Solver(
                                    provider: .cloudflare(
                                        CloudflareProvider(credential: .token(SecretKeySelector(name: "cf", key: "t")))),
                                    cnameStrategy: .follow))),
                        ACMESolver(challenge: .tlsALPN01), ACMESolver(challenge: .dnsPersist01),
                        ACMESolver(selector: ACMESolverSelector(), challenge: .unsupported(kind: "")),
                    ], fallbackIssuerRefs: [IssuerReference(kind: "ClusterIssuer", name: "other")]))
    }

    @Test(
        arguments: [
            ("ca: {secretName: root, crlDistributionPoints: [http://crl]}", nil), ("selfSigned: {}", nil), ("vault: {server: x}", nil),
            ("", "spec: acme, ca or selfSigned is needed"), ("ca: {}", "spec.ca.secretName: the field is missing"),
            ("ca: {secretName: a}, selfSigned: {}", "spec: only one of acme, ca and selfSigned can be set"),
            ("acme: {privateKeySecretRef: {name: a}}", "spec.acme.server: the field is missing"),
            ("acme: {server: a}", "spec.acme.privateKeySecretRef: the field is missing"),
            (
                "acme: {server: a, privateKeySecretRef: {name: b}, solvers: [{http01: {}, dns01: {}}]}",
                "spec.acme.solvers[0]: only one kind of challenge can be set in a solver"
            ),
        ] as [(String, String?)]) func `kinds of issuers`(spec: String, expected: String?)
    {
        #expect(refusal("apiVersion: cert-manager.io/v1\nkind: Issuer\nmetadata: {name: x}\nspec: {\(spec)}") == expected)
    }

    @Test func `lists are taken apart, one wrong item does not hide the others`() {
        let item = { (name: String) in "{apiVersion: v1, kind: ConfigMap, metadata: {name: \(name)}}" }
        let list =
            "apiVersion: v1\nkind: List\nitems:\n- \(item("a"))\n- \(item("B"))\n- {apiVersion: v1, kind: List, items: [\(item("c"))]}\n- 5\n"
        let kinds = decode(list).map { decoded in
            switch decoded {
            case .object(let object, let line): "\(object.key) \(line)"
            case .ignored(let kind): kind
            case .refused(let error, _): error.description
            }
        }
        #expect(
            kinds == [
                "ConfigMap default/a 4",
                "x.yaml, document 1, line 5, items[1].metadata.name: not a name of lower-case letters, digits, - and . with at most 253 bytes (RFC 1123)",
                "ConfigMap default/c 6", "x.yaml, document 1, line 7, items[3]: expected an object, got a whole number",
            ])
        #expect(
            decode("apiVersion: v1\nkind: SecretList\nitems: [{metadata: {name: a}}]").count {
                if case .object = $0 { true } else { false }
            } == 1)
    }

    @Test func `versions that are gone are named, groups of others are left alone`() {
        #expect(
            refusal("{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: x}}")
                == "apiVersion: extensions/v1beta1 is not served any more, use networking.k8s.io/v1")
        #expect(
            refusal("{apiVersion: networking.k8s.io/v1beta1, kind: Ingress, metadata: {name: x}}")
                == "apiVersion: networking.k8s.io/v1beta1 is not served any more, use networking.k8s.io/v1")
        #expect(refusal("{kind: Ingress}") == "apiVersion: the field is missing")
        #expect(
            refusal("just text") == "-: expected an object, got a string" || refusal("just text") == ": expected an object, got a string")
        guard case .ignored(let kind)? = decode("{apiVersion: traefik.io/v1, kind: Ingress}").first else {
            Issue.record("was taken")
            return
        }
        #expect(kind == "Ingress.traefik.io")
    }

    @Test func `the older object goes first, then the smaller name`() {
        let meta = { (name: String, time: Double?) in
            ObjectMeta(id: NamespacedName(namespace: "a", name: name), creationTimestamp: time.map { Date(timeIntervalSince1970: $0) })
        }
        #expect(meta("z", 1).precedes(meta("a", 2)))
        #expect(meta("z", 1).precedes(meta("a", nil)))
        #expect(!meta("a", nil).precedes(meta("z", 1)))
        #expect(meta("a", nil).precedes(meta("b", nil)))
        #expect(meta("a", 5).precedes(meta("b", 5)))
    }

    @Test func `mutated objects never trap`() {
        let texts = [
            ingress("x"), String(decoding: ManifestWriter.yaml(tls("shop/x", "y").value()), as: UTF8.self),
            "{apiVersion: cert-manager.io/v1, kind: Issuer, metadata: {name: x}, spec: {acme: {server: a, privateKeySecretRef: {name: b}, solvers: [{http01: {}}]}}}",
        ]
        var random = SplitMix(state: 7)
        let tokens = ["null", "5", "yes", "[]", "{}", "\"\"", "x", "-1", "1e9", "*a", "99999999999999999999", "=", "\n", ": "]
        for _ in 0..<600 {
            var words = (texts.randomElement(using: &random) ?? "").split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                words[Int.random(in: 0..<words.count, using: &random)] = tokens.randomElement(using: &random) ?? ""
            }
            for decoded in decode(words.joined(separator: " ")) {
                if case .refused(let error, _) = decoded { #expect(!error.message.isEmpty) }
            }
        }
    }
}
