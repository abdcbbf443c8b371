import CALimits
import Manifests
import Testing

@Suite("CALimits documents") struct CALimitsDocumentTests {
    private static let production = "https://acme-v02.api.letsencrypt.org/directory"
    private static let staging = "https://acme-staging-v02.api.letsencrypt.org/directory"

    private static func document(_ limit: String, server: String = "https://ca.test/dir") -> String {
        """
        apiVersion: certctl.dev/v1alpha1
        kind: CALimits
        metadata:
          name: test
        spec:
          servers: ["\(server)"]
          limits:
            - \(limit)
        """
    }

    private func add(_ text: String, to set: CALimitsSet = CALimitsSet()) throws -> CALimitsSet {
        var set = set
        try set.add(Array(text.utf8), file: "limits.yaml")
        return set
    }

    private func complaint(_ text: String) -> String {
        do { return "accepted: \(try add(text).names)" } catch { return "\(error)" }
    }

    @Test func `the shipped ones hold what Let's Encrypt has published`() throws {
        let shipped = try CALimitsSet.shipped()
        #expect(shipped.names == ["letsencrypt", "letsencrypt-staging"])
        let limits = shipped.limits(of: Self.production)
        let numbers = limits.map { "\($0.counts.rawValue) \($0.scope.rawValue) \($0.count) \($0.window)" }
        #expect(
            numbers == [
                "orders account 300 10800.0 seconds", "certificates registeredDomain 50 604800.0 seconds",
                "certificates exactSet 5 604800.0 seconds", "failedValidations accountAndHost 5 3600.0 seconds",
                "failedValidations accountAndHost 1152 99532800.0 seconds", "accounts address 10 10800.0 seconds",
            ])
        #expect(shipped.limits(of: Self.staging).map(\.name) == limits.map(\.name))
        #expect(shipped.limits(of: Self.staging).map(\.count) == [1500, 30_000, 30_000, 200, 3600, 50])
        #expect(shipped.limits(of: "https://ca.test/dir").isEmpty)
    }

    @Test func `renewals by ARI are exempt from all, renewals with the same names from what counts orders and domains`() throws {
        let limits = try CALimitsSet.shipped().limits(of: Self.production)
        let renewal = OrderIntent(account: "a", names: ["a.example"], isARIRenewal: true)
        let same = OrderIntent(account: "a", names: ["a.example"], hasSameNames: true)
        #expect(limits.filter { $0.counts != .accounts && $0.concerns(renewal) }.isEmpty)
        #expect(limits.filter { $0.counts != .failedValidations && $0.concerns(same) }.map(\.scope) == [.exactSet, .address])
    }

    @Test func `a document of the same name replaces the shipped one, and another CA is added`() throws {
        let own = Self.document("{name: n, counts: orders, per: account, count: 600, window: 3h}", server: Self.production)
        let replaced = try add(own.replacing("name: test", with: "name: letsencrypt"), to: .shipped())
        #expect(replaced.limits(of: Self.production).map(\.count) == [600])
        #expect(replaced.limits(of: Self.staging).count == 6)
        #expect(complaint(own).hasPrefix("accepted"))
        #expect(throws: ManifestError.self) { try add(own, to: .shipped()) }
    }

    @Test func `documents of other kinds are left alone`() throws {
        #expect(try add("kind: TLSPolicy\nfoo: 1").names.isEmpty)
    }

    @Test(arguments: [
        ("{name: n, counts: orders, per: account, count: 1, window: 1s, foo: 1}", "unknown field \"foo\""),
        ("{counts: orders, per: account, count: 1, window: 1s}", "name"),
        ("{name: \"\", counts: orders, per: account, count: 1, window: 1s}", "name"),
        ("{name: n, counts: requests, per: account, count: 1, window: 1s}", "got \"requests\", allowed are orders, certificates"),
        ("{name: n, counts: orders, per: cluster, count: 1, window: 1s}", "got \"cluster\""),
        ("{name: n, counts: accounts, per: account, count: 1, window: 1s}", "allowed for accounts are address"),
        ("{name: n, counts: failedValidations, per: registeredDomain, count: 1, window: 1s}", "account, accountAndHost"),
        ("{name: n, counts: orders, per: account, count: 0, window: 1s}", "got 0, allowed is 1...1000000"),
        ("{name: n, counts: orders, per: account, count: 1000001, window: 1s}", "got 1000001"),
        ("{name: n, counts: orders, per: account, count: 1, window: 3651d}", "got \"3651d\""),
        ("{name: n, counts: orders, per: account, count: 1, window: 0s}", "got \"0s\""),
        ("{name: n, counts: orders, per: account, count: 1, window: 1w}", "got \"1w\""),
        ("{name: n, counts: orders, per: account, count: 1, window: \"\"}", "window"),
        ("{name: n, counts: orders, per: account, count: 1, window: 99999999999999999999d}", "allowed is a number"),
        ("{name: n, counts: orders, per: account, count: 1, window: 1s, exempt: [all]}", "allowed are ariRenewals, sameNames"),
        (
            "{name: n, counts: orders, per: account, count: 1, window: 1s, resetBySuccess: true}",
            "only a limit that counts failedValidations"
        ),
    ]) func `a wrong one is refused with its file, line and field`(limit: String, reason: String) {
        let complaint = complaint(Self.document(limit))
        #expect(complaint.contains(reason) && complaint.contains("limits.yaml, document 1, line 8"))
    }

    @Test(arguments: ["1000000", "1"]) func `the largest and the smallest count are taken`(count: String) {
        #expect(complaint(Self.document("{name: n, counts: orders, per: account, count: \(count), window: 3650d}")).hasPrefix("accepted"))
    }

    @Test func `servers are https URLs, and there is one at least`() {
        let limit = "{name: n, counts: orders, per: account, count: 1, window: 1s}"
        #expect(complaint(Self.document(limit, server: "http://ca.test/dir")).contains("line 6"))
        #expect(complaint(Self.document(limit).replacing("[\"https://ca.test/dir\"]", with: "[]")).contains("the list is empty"))
    }
}
