import ACME
import Core
import FoundationEssentials
import HTTPClient
import Issuance
import PKI
import TestKit
import Testing

@Suite("Against Pebble", .enabled(if: Pebble.isInstalled, "pebble is not installed: apt-get install pebble"))
struct PebbleTests {
    @Test func `certificates come with one account, with Pebble's bad nonces, sleeps and reuse`() async throws {
        let town = try await PebbleTown {
            $0.sleepsBeforeValidation = true
            $0.sleepSecondsMax = 1
        }
        let contact = AccountManager.Settings(contact: ["mailto:ops@example.com"])
        for round in 0..<3 {
            let account = try await town.manager(contact).account()
            let request = try Bench.request("a.pebble.test", "b.pebble.test", round == 1 ? "127.0.0.1" : "c.pebble.test")
            let issued = try await town.driver(account).run(request, resuming: nil)
            #expect(Set(issued.keyPair.leaf.dnsNames).isSuperset(of: ["a.pebble.test", "b.pebble.test"]))
            #expect(try await town.verify(issued).hasSuffix("chain.pem: OK\n"))
        }
        _ = try await town.manager(AccountManager.Settings(contact: ["mailto:new@example.com"])).account()
        #expect(town.pebble.accountCount == 1)
        await town.close()
    }

    @Test func `a name that fails is reported in Pebble's words and the next run succeeds with the same key`() async throws {
        let town = try await PebbleTown()
        let account = try await town.manager().account()
        let request = try Bench.request("a.pebble.test", "b.pebble.test")
        let deaf = town.driver(account, responder: DeafWeb())
        let error = await failure { () throws(ACMEError) in try await deaf.run(request, resuming: nil) }
        #expect(error?.code == .authorizationFailed)
        #expect(error?.identifier.map { request.identifiers.contains($0) } == true)
        #expect(error?.problem?.type == "urn:ietf:params:acme:error:unauthorized")
        #expect(error?.problem?.detail?.contains("404") == true)
        let record = try #require(try town.journal.load())
        let issued = try await town.driver(account).run(request, resuming: record)
        #expect(issued.keyPEM.copy() == record.privateKeyPEM.copy())
        await town.close()
    }

    @Test func `crashes again and again leave one account, one key and one certificate's worth of it`() async throws {
        let town = try await PebbleTown { $0.badNoncePercent = 15 }
        var random = SplitMix64(seed: 20_260_901)
        for target in 1...8 {
            let wardrobe = Wardrobe()
            var lives = 0
            while true {
                lives += 1
                let doom = Doom(at: lives < 8 ? Int.random(in: 1...40, using: &random) : .max)
                let mortal = Mortal(
                    transport: HTTPClientTransport(town.http), journal: town.journal, accounts: town.accounts, web: town.web, doom: doom)
                do { try await mortal.live(town.pebble.directoryURL, SystemTime(), wardrobe, ["n\(target).pebble.test"]) } catch {
                    #expect(doom.isDead, "target \(target), life \(lives): \(error)")
                }
                if !doom.isDead { break }
            }
            let secret = try #require(wardrobe.secret)
            #expect(try PrivateKey(pem: secret.keyPEM).matches(secret.keyPair.leaf))
            #expect(try town.journal.load() == nil)
        }
        #expect(town.pebble.accountCount == 1)
        await town.close()
    }

    @Test func `an external account binding is accepted, and needed`() async throws {
        let town = try await PebbleTown {
            $0.externalAccounts = ["kid-1": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"]
        }
        let without = town.manager()
        let error = await failure { () throws(ACMEError) in try await without.account() }
        #expect(error?.code == .externalAccountRequired)
        let key = try #require(Base64URL.decode("zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"))
        let binding = ExternalAccountBinding(keyID: "kid-1", macKey: SecretBytes(key))
        _ = try await town.manager(AccountManager.Settings(externalAccount: binding)).account()
        #expect(town.pebble.accountCount == 1)
        await town.close()
    }

    @Test func `the chain of an alternate root is found by its name`() async throws {
        let town = try await PebbleTown { $0.alternateRoots = 2 }
        let account = try await town.manager().account()
        let root = try #require(try CertificateChain.parse(pem: try await town.pebble.rootPEM(1)).first)
        let name = try #require(root.commonName)
        let request = OrderRequest(identifiers: try Bench.request("a.pebble.test").identifiers, preferredChain: name)
        let issued = try await town.driver(account).run(request, resuming: nil)
        #expect(try await town.verify(issued, root: 1).hasSuffix("chain.pem: OK\n"))
        await town.close()
    }
}
