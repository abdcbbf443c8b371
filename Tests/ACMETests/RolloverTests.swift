import Core
import FoundationEssentials
import PKI
import Synchronization
import TestKit
import Testing

@testable import ACME

@Suite("Account key rollover and deactivation, RFC 8555 §7.3.5 and §7.3.6")
struct RolloverTests {
    private static func manager(_ bench: Bench, _ store: (any AccountStore)? = nil, _ transport: (any ACMETransport)? = nil) throws
        -> AccountManager
    {
        AccountManager(client: try bench.client(through: transport), store: store ?? bench.accounts, settings: AccountManager.Settings())
    }

    @Test(arguments: [KeyAlgorithm.ecdsaP256, .ecdsaP384, .rsa(bits: 2048), .ed25519])
    func `the new key is in force, the old one is gone, the account is the same`(algorithm: KeyAlgorithm) async throws {
        let bench = try Bench()
        let manager = try Self.manager(bench)
        let old = try await manager.account()
        let new = try await manager.rollover(to: algorithm)
        #expect(new.url == old.url)
        #expect(new.key.algorithm == algorithm)
        #expect(new.key.publicKeyDER != old.key.publicKeyDER)
        let record = try #require(try await bench.accounts.load())
        #expect(try PrivateKey(pem: record.privateKeyPEM).publicKeyDER == new.key.publicKeyDER)
        #expect(record.nextPrivateKeyPEM == nil)
        let client = try bench.client()
        #expect(try await client.existingAccount(of: new.key)?.url == old.url)
        #expect(try await client.existingAccount(of: old.key) == nil)
        #expect(try await Self.manager(bench).account().url == old.url)
        #expect(await bench.ca.counts.accounts == 1)
    }

    @Test func `a crash at any moment leaves the key that is in force in the store`() async throws {
        var moment = 1
        while true {
            let bench = try Bench()
            let url = try await Self.manager(bench).account().url
            let doom = Doom(at: moment)
            let mortal = Mortal(transport: bench.ca, journal: bench.journal, accounts: bench.accounts, web: bench.web, doom: doom)
            _ = try? await Self.manager(bench, mortal, mortal).rollover()
            guard doom.isDead else { break }
            // The next life only wants the account, whatever became of the rollover.
            let manager = try Self.manager(bench)
            let account = try await manager.account()
            #expect(account.url == url, "crash at moment \(moment)")
            _ = try await manager.show()
            // And one after that finishes the rollover.
            let renewed = try await manager.rollover()
            #expect(try await manager.show().account.key.publicKeyDER == renewed.key.publicKeyDER)
            #expect(try await bench.accounts.load()?.nextPrivateKeyPEM == nil)
            #expect(await bench.ca.counts.accounts == 1, "crash at moment \(moment)")
            moment += 1
        }
        #expect(moment > 8)
    }

    @Test(arguments: [FakeCA.Fault.cutAfter, .cutBefore, .problem(500, "serverInternal"), .contentType("text/html")])
    func `a lost answer is resolved by asking with the new key`(fault: FakeCA.Fault) async throws {
        let bench = try Bench()
        let manager = try Self.manager(bench)
        let old = try await manager.account()
        await bench.ca.script(fault, at: .keyChange)
        let new = try? await manager.rollover()
        let inForce = try await manager.show().account
        #expect(inForce.url == old.url)
        if let new {
            #expect(inForce.key.publicKeyDER == new.key.publicKeyDER)
        } else {
            // The key that the CA may still take is kept, and the next rollover uses it.
            let kept = try #require(try await bench.accounts.load()?.nextPrivateKeyPEM)
            #expect(try await manager.rollover().key.publicKeyDER == PrivateKey(pem: kept).publicKeyDER)
        }
    }

    @Test func `a refusal leaves the old key alone`() async throws {
        let bench = try Bench()
        let manager = try Self.manager(bench)
        let old = try await manager.account()
        await bench.ca.script(.problem(409, "conflict", "the key is in use"), at: .keyChange)
        #expect(await failure { () throws(ACMEError) in try await manager.rollover() }?.status == 409)
        let record = try #require(try await bench.accounts.load())
        #expect(record.nextPrivateKeyPEM == nil)
        #expect(record.privateKeyPEM.copy() == old.key.pem().copy())
        await bench.ca.change { $0.lacks = [.keyChange] }
        let other = try Self.manager(bench)
        #expect(await failure { () throws(ACMEError) in try await other.rollover() }?.code == .notOffered)
    }

    @Test func `work that began with the old key goes on with the new one`() async throws {
        let bench = try Bench()
        let manager = try Self.manager(bench)
        let client = try bench.client()
        _ = try await manager.account()
        let isFirst = Flag()
        let object = try await manager.withAccount { account throws(ACMEError) in
            if isFirst.take() { _ = try await manager.rollover() }
            return try await client.accountObject(of: account)
        }
        #expect(object.status == "valid")
    }

    @Test func `a deactivated account is neither used nor made again`() async throws {
        let bench = try Bench()
        let manager = try Self.manager(bench)
        _ = try await manager.account()
        try await manager.deactivate()
        for manager in [manager, try Self.manager(bench)] {
            let error = await failure { () throws(ACMEError) in try await manager.account() }
            #expect(error?.code == .accountDeactivated)
            #expect(error?.isCAFault == false)
        }
        #expect(await bench.ca.counts.accounts == 1)
        #expect(await bench.ca.counts.requests[.newAccount] == 1)
    }

    final class Flag: Sendable {
        private let isFirst = Atomic(true)
        func take() -> Bool { isFirst.exchange(false, ordering: .relaxed) }
    }
}
