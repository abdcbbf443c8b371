import ACME
import Core
import FoundationEssentials
import HTTPClient
import Issuance
import PKI
import TestKit
import Testing

/// Debian's pebble (`apt-get install pebble`) at its worst. Version 2.4.0, in bookworm and trixie, has neither renewal information nor
/// profiles nor dns-persist-01; those are tested against acme2certifier, a newer Pebble and the fake CA.
@Suite("Against Pebble's nuisances", .enabled(if: Pebble.isInstalled, "pebble is not installed: apt-get install pebble"))
struct PebbleNuisanceTests {
    @Test func `everything at once: bad nonces, reuse, naps, a binding, alternate chains, certificates of an hour`() async throws {
        let key = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
        let town = try await PebbleTown {
            $0.badNoncePercent = 30
            $0.authorizationReusePercent = 50
            $0.sleepsBeforeValidation = true
            $0.sleepSecondsMax = 1
            $0.externalAccounts = ["kid-1": key]
            $0.alternateRoots = 1
            $0.validitySeconds = 3600
        }
        let binding = ExternalAccountBinding(keyID: "kid-1", macKey: SecretBytes(try #require(Base64URL.decode(key))))
        let manager = AccountManager(
            client: town.client, store: town.accounts, settings: AccountManager.Settings(externalAccount: binding))
        let root = try #require(try CertificateChain.parse(pem: try await town.pebble.rootPEM(1)).first)
        for round in 0..<4 {
            let account = try await manager.account()
            let names = try ["a.pebble.test", "b.pebble.test", "n\(round).pebble.test", "127.0.0.1"].map { try ACMEIdentifier(parsing: $0) }
            let request = OrderRequest(identifiers: names, preferredChain: root.commonName)
            let issued = try await Peer.issue(town.client, account, town.web, request)
            #expect(issued.keyPair.leaf.notAfter.timeIntervalSinceNow < 3700)
            #expect(issued.keyPair.leaf.ipAddresses == ["127.0.0.1"])
            #expect(issued.keyPair.chain.last?.issuer == root.subject)
        }
        #expect(town.pebble.accountCount == 1)
        await town.close()
    }

    @Test func `the account key is replaced while bad nonces rain, and the account is ended`() async throws {
        let town = try await PebbleTown { $0.badNoncePercent = 30 }
        let manager = town.manager()
        let old = try await manager.account()
        let new = try await manager.rollover(to: .ecdsaP384)
        #expect(new.url == old.url)
        #expect(try await town.client.existingAccount(of: new.key)?.url == old.url)
        #expect(try await town.client.existingAccount(of: old.key) == nil)
        let request = try Bench.request("a.pebble.test")
        let issued = try await Peer.issue(town.client, new, town.web, request)
        #expect(try await town.client.revoke(issued.keyPair.leaf, reason: .superseded, by: .account(new)) == .revoked)
        #expect(try await town.client.revoke(issued.keyPair.leaf, by: .account(new)) == .alreadyRevoked)
        let second = try await Peer.issue(town.client, new, town.web, request)
        let key = try PrivateKey(pem: second.keyPEM)
        #expect(try await town.client.revoke(second.keyPair.leaf, reason: .keyCompromise, by: .certificateKey(key)) == .revoked)
        #expect(try await manager.show().object.status == "valid")
        try await manager.deactivate()
        let client = town.client
        #expect(await failure { () throws(ACMEError) in try await Peer.issue(client, new, DeafWeb(), request) } != nil)
        #expect(town.pebble.accountCount == 1)
        await town.close()
    }

    @Test func `a crash at any moment of a key rollover leaves the key that is in force`() async throws {
        let town = try await PebbleTown { $0.badNoncePercent = 0 }
        let url = try await town.manager().account().url
        for moment in 1...14 {
            let doom = Doom(at: moment)
            let mortal = Mortal(
                transport: HTTPClientTransport(town.http), journal: MemoryJournal(), accounts: town.accounts, web: town.web, doom: doom)
            let client = try ACMEClient(directoryURL: town.pebble.directoryURL, transport: mortal)
            _ = try? await AccountManager(client: client, store: mortal, settings: AccountManager.Settings()).rollover()
            let account = try await town.manager().show()
            #expect(account.account.url == url, "crash at moment \(moment)")
            #expect(account.object.status == "valid")
        }
        #expect(town.pebble.accountCount == 1)
        await town.close()
    }

    @Test func `a name that is refused and a name that nobody answers are left out`() async throws {
        let town = try await PebbleTown()
        let account = try await town.manager().account()
        let names = try ["a.pebble.test", Pebble.refusedDomain, "c.pebble.test"].map { try ACMEIdentifier(parsing: $0) }
        let issued = try await Peer.issue(
            town.client, account, Without("c.pebble.test", town.web), OrderRequest(identifiers: names, allowsPartial: true))
        #expect(issued.keyPair.leaf.dnsNames == ["a.pebble.test"])
        #expect(Set(issued.leftOut.map(\.identifier.value)) == [Pebble.refusedDomain, "c.pebble.test"])
        #expect(issued.leftOut.contains { $0.problem?.acmeType == "rejectedIdentifier" })
        await town.close()
    }

    @Test func `a second type is tried after the first one failed at the CA`() async throws {
        let town = try await PebbleTown { $0.authorizationReusePercent = 0 }
        let account = try await town.manager().account()
        let request = OrderRequest(identifiers: try Bench.request("a.pebble.test").identifiers, challengeTypes: [.tlsALPN01, .http01])
        let issued = try await Peer.issue(town.client, account, town.web, request)
        #expect(issued.keyPair.leaf.dnsNames == ["a.pebble.test"])
        #expect(town.pebble.orderCount == 2)
        await town.close()
    }
}
