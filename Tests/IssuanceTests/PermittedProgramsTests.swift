import Core
import DNS
import DNSProviders
import KubernetesAPI
import Testing

@testable import Issuance

@Suite("Notes of dns-01 records") struct PermittedProgramsTests {
    private let program = ExecProvider(path: "/hook")
    private let tenant: DNS01Solver
    private let cluster: DNS01Solver

    init() {
        let reference = SecretKeySelector(name: "s", key: "k")
        tenant = DNS01Solver(
            provider: .httpRequest(HTTPRequestProvider(endpoint: "https://hook.example", username: "u", passwordSecretRef: reference)))
        cluster = DNS01Solver(provider: .exec(program))
    }

    private func issuer(_ solver: DNS01Solver, in namespace: String?) -> Issuer {
        Issuer(
            metadata: ObjectMeta(id: NamespacedName(namespace: namespace ?? "", name: "le")),
            scope: namespace == nil ? .cluster : .namespaced,
            spec: .acme(
                ACMEIssuerSpec(
                    server: "https://ca.example", privateKeySecretRef: SecretKeySelector(name: "a", key: "k"),
                    solvers: [ACMESolver(challenge: .dns01(solver))])))
    }

    private func note(_ solver: DNS01Solver, _ namespace: String) throws -> PresentedRecord {
        let domain = try DNSName(parsing: "a.example")
        return PresentedRecord(
            solver: solver, secretNamespace: namespace,
            record: ChallengeRecord(name: DomainName(domain), domain: domain, token: "t", keyAuthorization: "k"))
    }

    @Test func `one counts only while an issuer with the same solver has its Secrets there`() throws {
        let permitted = PermittedPrograms(startsPrograms: true, includesNamespaced: false)
        permitted.update([issuer(tenant, in: "a"), issuer(cluster, in: nil)])
        func counts(_ solver: DNS01Solver, _ namespace: String) throws -> Bool {
            permitted.mayCleanUp(try note(solver, namespace), clusterNamespace: "certctl-system")
        }
        #expect(try counts(tenant, "a"))
        // Written by somebody who wants to be sent another namespace's Secret.
        #expect(try !counts(tenant, "b"))
        #expect(try !counts(tenant, "certctl-system"))
        var elsewhere = tenant
        elsewhere.provider = .httpRequest(
            HTTPRequestProvider(
                endpoint: "https://attacker.example", username: "u", passwordSecretRef: SecretKeySelector(name: "s", key: "k")))
        #expect(try !counts(elsewhere, "a"))
        #expect(try counts(cluster, "certctl-system"))
        #expect(try !counts(cluster, "a"))
        #expect(permitted.permission == .allowed([program]))
        permitted.update([])
        #expect(try !counts(tenant, "a") && !counts(cluster, "certctl-system"))
    }

    @Test func `one of this process counts until its record is gone`() throws {
        let permitted = PermittedPrograms(includesNamespaced: false)
        let own = try note(tenant, "a")
        permitted.remember(own)
        #expect(permitted.mayCleanUp(own, clusterNamespace: "c"))
        #expect(try !permitted.mayCleanUp(note(tenant, "b"), clusterNamespace: "c"))
        permitted.forget(own)
        #expect(!permitted.mayCleanUp(own, clusterNamespace: "c"))
    }

    @Test func `programs of namespaced issuers are not permitted`() {
        let permitted = PermittedPrograms(startsPrograms: true, includesNamespaced: false)
        permitted.update([issuer(cluster, in: "a")])
        #expect(permitted.permission == .allowed([]))
        let folder = PermittedPrograms(startsPrograms: true, includesNamespaced: true)
        folder.update([issuer(cluster, in: "a")])
        #expect(folder.permission == .allowed([program]))
        let unasked = PermittedPrograms(includesNamespaced: true)
        unasked.update([issuer(cluster, in: nil)])
        #expect(unasked.permission == .refused(because: "the operator does not allow it (--allow-exec-dns)"))
    }
}
