import ACME
import Core
import FoundationEssentials
import PKI
import Synchronization
import TestKit

/// A CA, a web server and our own storage, all of which outlive a crash of the client.
struct Bench: Sendable {
    let ca: FakeCA
    let time: ManualTime
    let web: Web
    let journal = MemoryJournal()
    let accounts = MemoryAccountStore()

    init(_ change: (inout FakeCA.Settings) -> Void = { _ in }) throws {
        var settings = FakeCA.Settings()
        change(&settings)
        let web = Web()
        self.web = web
        time = ManualTime()
        ca = try FakeCA(settings: settings, time: time) { host, token in web.answer(host, token) }
    }

    func client(through transport: (any ACMETransport)? = nil) throws -> ACMEClient {
        try ACMEClient(directoryURL: FakeCA.directoryURL, transport: transport ?? ca, time: time)
    }

    /// Makes an account with a client of its own.
    func register() async throws(ACMEError) {
        do {
            _ = try await account(client())
        } catch let error as ACMEError {
            throw error
        } catch {
            throw ACMEError(.ours, fault: .ours, subject: "test", reason: "\(error)")
        }
    }

    /// A new account with a new key.
    func account(_ client: ACMEClient) async throws -> ACMEAccount {
        try await client.newAccount(key: PrivateKey.generate(.ecdsaP256), contact: [], termsOfServiceAgreed: true).account
    }

    /// A driver with an account of its own.
    func driver(observe: @escaping @Sendable (OrderDriver.Step) -> Void = { _ in }) async throws -> OrderDriver {
        let client = try client()
        return OrderDriver(
            client: client, account: try await account(client), journal: journal, responder: web, time: time, observe: observe)
    }

    static func request(_ names: String...) throws -> OrderRequest {
        OrderRequest(identifiers: try names.map { try ACMEIdentifier(parsing: $0) })
    }
}

/// The web server of every host: what http-01 asks.
final class Web: ChallengeResponder {
    private let files = Mutex<[String: PresentedChallenge]>([:])

    func present(_ challenge: PresentedChallenge) async throws { files.withLock { $0[challenge.token] = challenge } }
    func remove(_ challenge: PresentedChallenge) async { _ = files.withLock { $0.removeValue(forKey: challenge.token) } }

    func answer(_ host: String, _ token: String) -> String? {
        files.withLock { files in files[token].flatMap { $0.identifier.value == host ? $0.keyAuthorization : nil } }
    }

    var count: Int { files.withLock { $0.count } }
}

/// Keeps records as they would be kept: as JSON.
final class MemoryJournal: OrderJournal {
    private let data = Mutex<Data?>(nil)
    private let failures = Mutex<[String]>([])
    private let refusal: ACMEError?

    /// - Parameter refusal: what every order is refused with before it is sent.
    init(refusal: ACMEError? = nil) { self.refusal = refusal }

    func willOrder(_ request: OrderRequest, replaces: String?) async throws {
        if let refusal { throw refusal }
    }

    func validationFailed(of identifier: ACMEIdentifier) async { failures.withLock { $0.append(identifier.value) } }

    /// The names whose validation failed, in order.
    var failed: [String] { failures.withLock { $0 } }

    func save(_ record: OrderRecord) async throws {
        let encoded = try JSONEncoder().encode(record)
        data.withLock { $0 = encoded }
    }

    func load() throws -> OrderRecord? {
        try data.withLock { $0 }.map { try JSONDecoder().decode(OrderRecord.self, from: $0) }
    }

    /// The last record, nil when there is none.
    var latest: OrderRecord? { try? load() }

    func delete() { data.withLock { $0 = nil } }
}

/// Keeps one account.
final class MemoryAccountStore: AccountStore {
    private let record = Mutex<AccountRecord?>(nil)

    func load() async throws -> AccountRecord? { record.withLock { $0 } }

    func create(_ new: AccountRecord) async throws -> AccountRecord {
        record.withLock { record in
            if let record { return record }
            record = new
            return new
        }
    }

    func put(_ new: AccountRecord) { record.withLock { $0 = new } }
    func update(_ new: AccountRecord) async throws { record.withLock { $0 = new } }

    func replaceKeys(_ new: AccountRecord, of oldKeyPEM: SecretBytes) async throws {
        try record.withLock { record in
            guard record?.privateKeyPEM.copy() == oldKeyPEM.copy() else { throw Changed() }
            record = new
        }
    }

    struct Changed: Error {}
}

/// The error of a call that must fail with one.
func failure<R>(_ body: () async throws(ACMEError) -> R) async -> ACMEError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}
