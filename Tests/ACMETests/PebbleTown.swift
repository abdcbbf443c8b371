import ACME
import HTTPClient
import Issuance
import PKI
import TestKit

/// Pebble, a web server where it looks, and a client.
struct PebbleTown {
    let pebble: Pebble
    let web: FileWebServer
    let http: HTTPClient
    let client: ACMEClient
    let journal = MemoryJournal()
    let accounts = MemoryAccountStore()

    init(_ change: (inout Pebble.Settings) -> Void = { _ in }) async throws {
        web = try await FileWebServer()
        var settings = Pebble.Settings()
        change(&settings)
        pebble = try await Pebble(httpPort: web.port, settings: settings)
        http = try pebble.client()
        client = try ACMEClient(directoryURL: pebble.directoryURL, transport: HTTPClientTransport(http))
    }

    func manager(_ settings: AccountManager.Settings = AccountManager.Settings()) -> AccountManager {
        AccountManager(client: client, store: accounts, settings: settings)
    }

    func driver(_ account: ACMEAccount, responder: (any ChallengeResponder)? = nil) -> OrderDriver {
        OrderDriver(client: client, account: account, journal: journal, responder: responder ?? web)
    }

    func close() async {
        await http.shutdown()
        pebble.stop()
    }

    /// Whether openssl, too, finds the chain good.
    func verify(_ issued: IssuedCertificate, root: Int = 0) async throws -> String {
        let folder = try TemporaryFolder("verify")
        try folder.write(String(decoding: try await pebble.rootPEM(root), as: UTF8.self), to: "root.pem")
        try folder.write(String(decoding: issued.chainPEM, as: UTF8.self), to: "chain.pem")
        let names = issued.keyPair.leaf.dnsNames.flatMap { ["-verify_hostname", $0] }
        return try await ChildProcess.run(
            ["openssl", "verify", "-CAfile", folder.path + "/root.pem", "-untrusted", folder.path + "/chain.pem"] + names
                + [folder.path + "/chain.pem"], in: folder
        ).output
    }
}
