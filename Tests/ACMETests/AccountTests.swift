import ACME
import Core
import FoundationEssentials
import PKI
import Synchronization
import TestKit
import Testing

@Suite("Accounts, RFC 8555 §7.3")
struct AccountTests {
    static let contact = ["mailto:ops@example.com"]

    private func manager(_ bench: Bench, _ change: (inout AccountManager.Settings) -> Void = { _ in }) throws -> AccountManager {
        var settings = AccountManager.Settings(contact: Self.contact)
        change(&settings)
        return AccountManager(client: try bench.client(), store: bench.accounts, settings: settings)
    }

    @Test(arguments: [KeyAlgorithm.ecdsaP256, .ecdsaP384, .rsa(bits: 2048), .ed25519])
    func `an account is made once and found again after a restart`(algorithm: KeyAlgorithm) async throws {
        let bench = try Bench()
        let first = try await manager(bench) { $0.keyAlgorithm = algorithm }.account()
        #expect(first.key.algorithm == algorithm)
        let second = try await manager(bench).account()
        #expect(second.url == first.url)
        #expect(await bench.ca.counts.accounts == 1)
        #expect(await bench.ca.counts.requests[.newAccount] == 1)
    }

    @Test func `callers at the same time get one account`() async throws {
        let bench = try Bench()
        let manager = try manager(bench)
        let urls = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await manager.account().url } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(urls.count == 1)
        #expect(await bench.ca.counts.requests[.newAccount] == 1)
    }

    @Test func `two processes at the same time get one account`() async throws {
        let bench = try Bench()
        let managers = [try manager(bench), try manager(bench), try manager(bench)]
        let urls = try await withThrowingTaskGroup(of: String.self) { group in
            for manager in managers { group.addTask { try await manager.account().url } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(urls.count == 1)
        #expect(await bench.ca.counts.accounts == 1)
    }

    @Test func `a lost answer leads to the same account`() async throws {
        let bench = try Bench()
        await bench.ca.script(.cutAfter, at: .newAccount, times: 3)
        _ = try await manager(bench).account()
        #expect(await bench.ca.counts.accounts == 1)
        #expect(await bench.ca.counts.requests[.newAccount] == 4)
    }

    @Test func `the account of another directory is not used`() async throws {
        let bench = try Bench()
        let key = try PrivateKey.generate(.ecdsaP256)
        bench.accounts.put(
            AccountRecord(privateKeyPEM: key.pem(), directoryURL: "https://other.test/dir", accountURL: "https://other.test/1"))
        let account = try await manager(bench).account()
        #expect(account.url.hasPrefix("https://ca.test/account/"))
        #expect(account.key.publicKeyDER == key.publicKeyDER)
    }

    @Test func `new contacts are told to the CA once`() async throws {
        let bench = try Bench()
        _ = try await manager(bench).account()
        for _ in 0..<2 { _ = try await manager(bench) { $0.contact = ["mailto:new@example.com"] }.account() }
        #expect(await bench.ca.counts.requests[.account] == 1)
    }

    @Test func `an account that is found by its key gets the contacts it should have`() async throws {
        let bench = try Bench()
        let account = try await manager(bench).account()
        // Only the key is left, as when the Secret came from another controller.
        bench.accounts.put(AccountRecord(privateKeyPEM: account.key.pem()))
        let again = try await manager(bench) { $0.contact = ["mailto:new@example.com"] }.account()
        #expect(again.url == account.url)
        #expect(await bench.ca.counts.requests[.account] == 1)
    }

    @Test func `an account that vanished at the CA is made again with the same key`() async throws {
        let bench = try Bench()
        let client = try bench.client()
        let manager = AccountManager(client: client, store: bench.accounts, settings: AccountManager.Settings())
        let first = try await manager.account()
        await bench.ca.forgetAccounts()
        let request = try Bench.request("a.example")
        let issued = try await manager.withAccount { account throws(ACMEError) in
            try await OrderDriver(client: client, account: account, journal: bench.journal, responder: bench.web, time: bench.time)
                .run(request, resuming: nil)
        }
        #expect(issued.keyPair.leaf.dnsNames == ["a.example"])
        let second = try await manager.account()
        #expect(second.url != first.url)
        #expect(second.key.publicKeyDER == first.key.publicKeyDER)
    }

    @Test func `an account that vanished is noticed while its contacts are changed`() async throws {
        let bench = try Bench()
        let first = try await manager(bench).account()
        await bench.ca.forgetAccounts()
        let second = try await manager(bench) { $0.contact = ["mailto:new@example.com"] }.account()
        #expect(second.url != first.url)
        #expect(second.key.publicKeyDER == first.key.publicKeyDER)
    }

    @Test func `an account that never comes back is reported, not registered for ever`() async throws {
        let bench = try Bench()
        let manager = try manager(bench)
        let error = await failure { () throws(ACMEError) in
            try await manager.withAccount { _ throws(ACMEError) -> Int in
                throw ACMEError(.accountDoesNotExist, fault: .certificateAuthority, subject: "order", reason: "no account")
            }
        }
        #expect(error?.code == .accountDoesNotExist)
        #expect(await bench.ca.counts.accounts == 1)
    }

    @Test func `terms that were not agreed to are reported in the words of the CA`() async throws {
        let bench = try Bench()
        let manager = try manager(bench) { $0.termsOfServiceAgreed = false }
        let error = await failure { () throws(ACMEError) in try await manager.account() }
        #expect(error?.code == .userActionRequired)
        #expect(error?.fault == .configuration)
        #expect(error.map(String.init(describing:))?.hasSuffix("urn:ietf:params:acme:error:userActionRequired: agree to the terms") == true)
    }

    @Test func `a missing key that must not be made is reported`() async throws {
        let bench = try Bench()
        let manager = try manager(bench) { $0.generatesKey = false }
        let error = await failure { () throws(ACMEError) in try await manager.account() }
        #expect(error?.code == .accountKeyMissing)
        #expect(await bench.ca.counts.requests.isEmpty)
    }

    @Test func `an unusable key is reported and not replaced`() async throws {
        let bench = try Bench()
        bench.accounts.put(AccountRecord(privateKeyPEM: SecretBytes(Array("-----BEGIN PRIVATE KEY-----\nAAAA\n".utf8))))
        let manager = try manager(bench)
        let error = await failure { () throws(ACMEError) in try await manager.account() }
        #expect(error?.code == .invalidRequest)
        #expect(error?.fault == .configuration)
        #expect(await bench.ca.counts.requests.isEmpty)
    }

    @Test func `storage that fails stops before the CA hears of a key`() async throws {
        let bench = try Bench()
        let manager = AccountManager(client: try bench.client(), store: BrokenStore(), settings: AccountManager.Settings())
        let error = await failure { () throws(ACMEError) in try await manager.account() }
        #expect(error?.code == .storage)
        #expect(error?.fault == .ours)
        #expect(await bench.ca.counts.requests.isEmpty)
    }

    struct BrokenStore: AccountStore {
        struct Full: Error {}
        func load() async throws -> AccountRecord? { nil }
        func create(_ record: AccountRecord) async throws -> AccountRecord { throw Full() }
        func update(_ record: AccountRecord) async throws { throw Full() }
        func replaceKeys(_ record: AccountRecord, of oldKeyPEM: SecretBytes) async throws { throw Full() }
    }
}

@Suite("External account binding, RFC 8555 §7.3.4")
struct ExternalAccountTests {
    static let key = SecretBytes(Array("a MAC key of thirty-two bytes...".utf8))

    private func account(_ bench: Bench, _ binding: ExternalAccountBinding?) async throws -> ACMEAccount {
        let settings = AccountManager.Settings(externalAccount: binding)
        return try await AccountManager(client: try bench.client(), store: bench.accounts, settings: settings).account()
    }

    @Test(arguments: ["kid-1", "a \"quoted\" \\ kid/ü"]) func `a binding is accepted`(keyID: String) async throws {
        let bench = try Bench { $0.externalAccounts = [keyID: Self.key] }
        _ = try await account(bench, ExternalAccountBinding(keyID: keyID, macKey: Self.key))
        #expect(await bench.ca.counts.accounts == 1)
    }

    @Test func `a CA that wants a binding is not asked without one`() async throws {
        let bench = try Bench { $0.externalAccounts = ["kid-1": Self.key] }
        await #expect(throws: ACMEError.self) { try await account(bench, nil) }
        #expect(await bench.ca.counts.requests[.newAccount] == nil)
    }

    @Test func `a wrong binding is refused by the CA, and the key is not in the message`() async throws {
        let bench = try Bench { $0.externalAccounts = ["kid-1": Self.key] }
        let binding = ExternalAccountBinding(keyID: "kid-1", macKey: SecretBytes(Array("another key".utf8)))
        do {
            _ = try await account(bench, binding)
            Issue.record("expected a refusal")
        } catch let error as ACMEError {
            #expect(error.code == .refused)
            #expect(!"\(error) \(binding)".contains("another key"))
        }
    }
}
