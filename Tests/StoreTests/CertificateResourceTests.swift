import Core
import FoundationEssentials
import HashTreeCollections
import KubernetesAPI
import Logging
import Manifests
import Testing

@testable import Store

@Suite("Certificates from manifests, cert-manager.io/v1") struct CertificateResourceTests {
    private func decode(_ text: String, ignoring: Set<ObjectKind> = []) -> [DecodedDocument] {
        var decoded: [DecodedDocument] = []
        for case .success(let root) in ManifestReader.documents(in: Array(text.utf8), file: "x.yaml") {
            DecodedDocument.decode(root, ignoring: ignoring) { decoded.append($0) }
        }
        return decoded
    }

    private func certificate(_ text: String) throws -> CertificateResource {
        var found: CertificateResource?
        if case .object(.certificate(let certificate), _)? = decode(text).first { found = certificate }
        return try #require(found, "\(decode(text))")
    }

    private static func manifest(_ spec: String) -> String {
        """
        apiVersion: cert-manager.io/v1
        kind: Certificate
        metadata: {name: web, namespace: shop}
        spec: {secretName: web-tls, issuerRef: {name: le}, \(spec)}
        """
    }

    @Test func `everything that is understood`() throws {
        let text = """
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata:
              name: web
              namespace: shop
              generation: 4
              ownerReferences:
              - {apiVersion: v1, kind: ConfigMap, name: other, uid: a}
              - {apiVersion: networking.k8s.io/v1, kind: Ingress, name: front, uid: b, controller: true}
            spec:
              secretName: web-tls
              dnsNames: [a.example, "*.b.example"]
              ipAddresses: [192.0.2.1]
              commonName: a.example
              issuerRef: {name: le, kind: ClusterIssuer, group: cert-manager.io}
              duration: 2160h0m0s
              renewBefore: 360h
              privateKey: {algorithm: ECDSA, size: 384, encoding: PKCS8, rotationPolicy: Always}
              usages: [digital signature, server auth]
              secretTemplate: {annotations: {a: b}, labels: {c: d}}
              revisionHistoryLimit: 3
            status:
              revision: 7
              notBefore: "2026-07-31T12:00:00Z"
              conditions:
              - {type: Ready, status: "True", reason: Ready, message: fine, lastTransitionTime: "2026-07-31T12:00:00Z", observedGeneration: 4}
            """
        let certificate = try certificate(text)
        #expect(certificate.secret == NamespacedName(namespace: "shop", name: "web-tls"))
        #expect(certificate.owningIngress == "front" && certificate.metadata.generation == 4)
        #expect(certificate.spec.dnsNames == ["a.example", "*.b.example"] && certificate.spec.ipAddresses == ["192.0.2.1"])
        #expect(certificate.spec.issuerRef == IssuerReference(kind: "ClusterIssuer", name: "le"))
        #expect(certificate.spec.privateKey.size == 384 && certificate.spec.privateKey.rotationPolicy == "Always")
        #expect(certificate.spec.duration == "2160h0m0s" && certificate.spec.renewBefore == "360h")
        #expect(certificate.spec.secretTemplate == .init(annotations: ["a": "b"], labels: ["c": "d"]))
        #expect(certificate.spec.unsupportedFields.isEmpty && certificate.spec.usages.count == 2)
        #expect(certificate.status.revision == 7 && certificate.status.notBefore != nil)
        #expect(certificate.status.condition("Ready")?.status == .true && certificate.status.condition("Issuing") == nil)
    }

    @Test(arguments: [
        ("uris: [spiffe://a]", ["uris"]), ("emailAddresses: [a@b.example]", ["emailAddresses"]), ("isCA: true", ["isCA"]),
        ("keystores: {jks: {create: true}}", ["keystores"]), ("subject: {organizations: [x]}, uris: [a:b]", ["subject", "uris"]),
        ("literalSubject: CN=x", ["literalSubject"]), ("renewal: {policy: Disabled}", ["renewal.policy"]),
        ("additionalOutputFormats: [{type: DER}]", ["additionalOutputFormats"]),
        ("isCA: false, uris: [], keystores: {}, renewal: {policy: RenewBefore}", []),
    ])
    func `fields that certctl does not offer are named, unless they ask for nothing`(spec: String, fields: [String]) throws {
        #expect(try certificate(Self.manifest(spec)).spec.unsupportedFields == fields)
    }

    @Test(arguments: [
        "{secretName: Web, issuerRef: {name: le}}", "{issuerRef: {name: le}}", "{secretName: web}", "{secretName: web, issuerRef: {}}",
        "{secretName: web, issuerRef: {name: le}, dnsNames: a.example}",
    ])
    func `what the API server would refuse is refused`(spec: String) {
        let text = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: web}\nspec: \(spec)"
        guard case .refused(_, let key)? = decode(text).first else {
            Issue.record("not refused: \(spec)")
            return
        }
        #expect(key?.kind == .certificate)
    }

    @Test func `a status that cannot be read counts as none`() throws {
        let text = Self.manifest("") + "\nstatus: {conditions: 5, revision: many}"
        #expect(try certificate(text).status == CertificateStatus())
    }

    @Test func `a status that is written is read as the same`() throws {
        let when = Date(timeIntervalSince1970: 1_788_264_000)
        let status = CertificateStatus(
            conditions: [
                ObjectCondition(
                    type: "Ready", status: .false, reason: "DoesNotExist", message: "no: \"x\"", lastTransitionTime: when,
                    observedGeneration: 2)
            ],
            lastFailureTime: when, failedIssuanceAttempts: 2, notBefore: when, notAfter: when, renewalTime: when, revision: 1)
        let text = Self.manifest("") + "\nstatus: " + String(decoding: ManifestWriter.json(status.value()), as: UTF8.self)
        #expect(try certificate(text).status == status)
    }

    @Test func `the time of a condition changes only with its status`() {
        let before = ObjectCondition(type: "Ready", status: .true, lastTransitionTime: Date(timeIntervalSince1970: 10))
        let now = Date(timeIntervalSince1970: 20.7)
        let same = ObjectCondition(type: "Ready", status: .true, reason: "other").following(before, at: now)
        #expect(same.lastTransitionTime == Date(timeIntervalSince1970: 10))
        let other = ObjectCondition(type: "Ready", status: .false).following(before, at: now)
        #expect(other.lastTransitionTime == Date(timeIntervalSince1970: 20))
    }

    @Test func `left alone on demand, and counted then`() {
        guard case .ignored(let kind)? = decode(Self.manifest(""), ignoring: [.certificate]).first else {
            Issue.record("not ignored")
            return
        }
        #expect(kind == "Certificate.cert-manager.io")
    }

    @Test func `a folder honours them only when it is told to`() async throws {
        for isHonoured in [false, true] {
            let scratch = try Scratch()
            try scratch.write("web.yaml", Self.manifest(""))
            let store = try FolderStore(
                manifests: scratch.manifests, state: scratch.state, ignoring: isHonoured ? [] : [.certificate],
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            var updates = store.updates().makeAsyncIterator()
            let update = try #require(await updates.next())
            #expect(update.objects.certificates.count == (isHonoured ? 1 : 0))
            #expect(update.objects.count == (isHonoured ? 1 : 0))
            #expect(update.ignoredKinds == (isHonoured ? [:] : ["Certificate.cert-manager.io": 1]))
            await store.shutdown()
        }
    }

    @Test func `a status and the managers of an issuer are kept`() throws {
        let text = """
            apiVersion: cert-manager.io/v1
            kind: ClusterIssuer
            metadata:
              name: le
              managedFields:
              - {manager: kubectl, operation: Update, fieldsV1: {}}
              - {manager: cert-manager-clusterissuers, operation: Update, subresource: status}
            spec: {selfSigned: {}}
            status:
              acme: {uri: "https://ca.test/1", lastRegisteredEmail: a@b.example}
              conditions: [{type: Ready, status: "True"}]
            """
        guard case .object(.issuer(let issuer), _)? = decode(text).first else {
            Issue.record("\(decode(text))")
            return
        }
        #expect(issuer.status.managers == ["cert-manager-clusterissuers"])
        #expect(issuer.status.accountURL == "https://ca.test/1" && issuer.status.lastRegisteredEmail == "a@b.example")
        #expect(issuer.status.condition("Ready")?.status == .true)
    }

    @Test func `where Services and Ingresses can be reached is read`() throws {
        let status = "status: {loadBalancer: {ingress: [{ip: 192.0.2.1, ports: []}, {hostname: lb.example}, {}]}}"
        let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {externalIPs: [192.0.2.9]}\n\(status)"
        guard case .object(.service(let service), _)? = decode(service).first else {
            Issue.record("no Service")
            return
        }
        let expected = [LoadBalancerIngress(ip: "192.0.2.1"), LoadBalancerIngress(hostname: "lb.example")]
        #expect(service.loadBalancer == expected && service.externalIPs == ["192.0.2.9"])
        let ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec: {}\n\(status)"
        guard case .object(.ingress(let ingress), _)? = decode(ingress).first else {
            Issue.record("no Ingress")
            return
        }
        #expect(ingress.loadBalancer == expected)
    }
}
