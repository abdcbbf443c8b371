import Core
import FoundationEssentials
import Issuance
import KubernetesAPI
import KubernetesClient
import Store
import Testing

@testable import ClusterReporting

@Suite("Issuer status: the Ready condition") struct IssuerStatusTests {
    private static func issuer(managers: [String] = [], status: IssuerStatus = IssuerStatus()) -> Issuer {
        var status = status
        status.managers = managers
        return Issuer(
            metadata: Sample.metadata("le", namespace: "", generation: 2), scope: .cluster,
            spec: .selfSigned(SelfSignedIssuerSpec()), status: status)
    }

    private func writes(_ issuer: Issuer, _ readiness: IssuerFact.Readiness, at now: Date = noon) -> [StatusWrite] {
        IssuerStatusPlanner.writes(
            ObjectSet([.issuer(issuer)]), [IssuerFact(issuer: issuer.metadata.id, readiness: readiness)], now: now)
    }

    @Test(arguments: [
        (
            IssuerFact.Readiness.accountRegistered(url: "https://ca.test/1", email: "a@b.example"),
            "True ACMEAccountRegistered: The ACME account was registered with the ACME server"
        ),
        (.accountFailed("connection refused"), "False ErrRegisterACMEAccount: Failed to register ACME account: connection refused"),
        (.keyPairVerified, "True KeyPairVerified: Signing CA verified"),
        (.keyPairMissing("secret \"ca\" not found"), "False ErrGetKeyPair: Error getting keypair for CA issuer: secret \"ca\" not found"),
        (.keyPairInvalid("is no CA"), "False ErrInvalidKeyPair: Invalid signing key pair: is no CA"),
        (.ready, "True IsReady: "),
    ])
    func `cert-manager's reasons and words`(readiness: IssuerFact.Readiness, line: String) throws {
        let status = try #require(IssuerStatusPlanner.status(of: Self.issuer(), readiness, now: noon))
        let ready = try #require(status.condition("Ready"))
        #expect("\(ready.status.rawValue) \(ready.reason): \(ready.message)" == line)
        #expect(ready.lastTransitionTime == noon && ready.observedGeneration == 2)
        // Written once, and not again.
        #expect(writes(Self.issuer(), readiness).count == 1)
        #expect(writes(Self.issuer(status: status), readiness, at: noon.addingTimeInterval(60)).isEmpty)
    }

    @Test func `the account stays while the CA cannot be reached`() throws {
        let known = IssuerStatus(accountURL: "https://ca.test/1", lastRegisteredEmail: "a@b.example")
        let status = try #require(IssuerStatusPlanner.status(of: Self.issuer(status: known), .accountFailed("x"), now: noon))
        #expect(status.accountURL == "https://ca.test/1" && status.lastRegisteredEmail == "a@b.example")
        #expect(Sample.text(status.value()).hasPrefix("{\"acme\":{\"lastRegisteredEmail\":\"a@b.example\",\"uri\":\"https://ca.test/1\"}"))
    }

    @Test func `nothing is written while nothing is known, nor where another controller writes`() {
        #expect(writes(Self.issuer(), .unknown).isEmpty)
        #expect(writes(Self.issuer(managers: ["cert-manager-clusterissuers"]), .ready).isEmpty)
        #expect(writes(Self.issuer(managers: ["certctl-status"]), .ready).count == 1)
        #expect(writes(Self.issuer(managers: ["certctl-status", "controller"]), .ready).isEmpty)
        var given = Self.issuer()
        given.metadata.uid = nil
        #expect(writes(given, .ready).isEmpty)
    }
}
