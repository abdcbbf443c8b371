import ACME
import Core
import FoundationEssentials
import PKI
import TestKit
import Testing

/// What Pebble has learnt since Debian's version: `go build ./cmd/pebble ./cmd/pebble-challtestsrv` in a newer tree, then
/// `PEBBLE=…/pebble swift test`. With PEBBLE set all other suites with Pebble ask that one, too.
@Suite(
    "Against a newer Pebble",
    .enabled(
        if: Pebble.isNewer, "PEBBLE in the environment names no pebble from 2026, and Debian's has neither profiles nor renewal information"
    )
)
struct NewerPebbleTests {
    @Test func `a profile, renewal information, and a certificate that is replaced once and not twice`() async throws {
        let town = try await PebbleTown {
            $0.profiles = ["default": 7_776_000, "short": 518_400]
            $0.badNoncePercent = 30
        }
        let account = try await town.manager().account()
        let client = town.client
        let names = [try ACMEIdentifier(parsing: "a.pebble.test")]
        let wrong = OrderRequest(identifiers: names, profile: "medium")
        let web = town.web
        #expect(await failure { () throws(ACMEError) in try await Peer.issue(client, account, web, wrong) }?.code == .profileNotOffered)
        #expect(town.pebble.orderCount == 0)
        let leaf = try await Peer.issue(client, account, web, OrderRequest(identifiers: names, profile: "short")).keyPair.leaf
        #expect(abs(leaf.notAfter.timeIntervalSince(leaf.notBefore) - 518_400) < 10)

        let identifier = try #require(ARICertificateID(leaf))
        let info = try #require(try await client.renewalInfo(for: identifier))
        #expect(info.windowStart < info.windowEnd && info.windowEnd <= leaf.notAfter)
        let replacing = OrderRequest(identifiers: names, profile: "short", replaces: identifier.text)
        let second = try await Peer.issue(client, account, web, replacing).keyPair.leaf
        #expect(second != leaf && town.pebble.orderCount == 2)
        // The CA says alreadyReplaced, and gets the order without it.
        let third = try await Peer.issue(client, account, web, replacing).keyPair.leaf
        #expect(third != second && town.pebble.orderCount == 3)
        await town.close()
    }
}
