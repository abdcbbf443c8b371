import ACME
import Core
import FoundationEssentials
import HTTPClient
import Issuance
import PKI
import TestKit
import Testing

/// acme2certifier: external accounts, profiles, renewal information, key change, revocation. How to get it:
/// `python3 -m venv DIR && DIR/bin/pip install acme2certifier`, then `ACME2CERTIFIER=DIR swift test`.
/// Challenges are switched off there: it asks at port 80 of names that DNS knows.
@Suite(
    "Against acme2certifier",
    .enabled(
        if: Peer.acme2certifierPython != nil,
        "acme2certifier is not there: set ACME2CERTIFIER to a virtual environment with it (PyPI: acme2certifier)"))
struct Acme2CertifierTests {
    static let macKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"

    private struct Town {
        let http: HTTPClient
        let client: ACMEClient
        let accounts = MemoryAccountStore()
        private let process: ChildProcess
        private let folder: TemporaryFolder

        init() async throws {
            let folder = try TemporaryFolder("acme2certifier")
            self.folder = folder
            try await Town.configure(folder)
            let python = try #require(Peer.acme2certifierPython)
            let process = try ChildProcess(
                [python, folder.path + "/serve.py"],
                environment: ["ACME_SRV_CONFIGFILE": folder.path + "/acme_srv.cfg", "ACME2CERTIFIER_I_KNOW_THE_RISK": "1"],
                log: folder.path + "/server.log")
            self.process = process
            func port() -> Int? {
                process.output.split(separator: "\n").last { $0.hasPrefix("listening on ") }.flatMap { Int($0.dropFirst(13)) }
            }
            guard await eventually(within: .seconds(30), { port() != nil }), let port = port() else {
                throw Peer.Failure(description: "acme2certifier does not start: \(process.output)")
            }
            http = try HTTPClient(HTTPClient.Configuration(proxy: .direct))
            client = try ACMEClient(directoryURL: "http://127.0.0.1:\(port)/directory", transport: HTTPClientTransport(http))
        }

        private static func configure(_ folder: TemporaryFolder) async throws {
            // It names the issuer's key by its SHA-1, as openssl does and we do not.
            let made = try await ChildProcess.run(
                [
                    "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
                    "/CN=certifier",
                    "-days", "90", "-keyout", folder.path + "/ca.key", "-out", folder.path + "/ca.pem", "-addext",
                    "keyUsage=critical,keyCertSign,cRLSign",
                ], in: folder)
            guard made.status == 0 else { throw Peer.Failure(description: "openssl makes no CA: \(made.output)") }
            // Where it keeps what it issued.
            try folder.write("", to: "certs/.keep")
            try folder.write("{\"kid-1\": \"\(Acme2CertifierTests.macKey)\"}", to: "eab.json")
            try folder.write(
                """
                [CAhandler]
                handler_module: acme2certifier.cahandlers.openssl_ca_handler
                issuing_ca_key: \(folder.path)/ca.key
                issuing_ca_cert: \(folder.path)/ca.pem
                issuing_ca_crl: \(folder.path)/ca.crl
                cert_validity_days: 30
                cert_save_path: \(folder.path)/certs
                ca_cert_chain_list: []
                [DBhandler]
                handler: wsgi
                dbfile: \(folder.path)/acme.db
                [EABhandler]
                eab_handler_module: acme2certifier.eabhandlers.json_handler
                key_file: \(folder.path)/eab.json
                [Challenge]
                challenge_validation_disable: True
                [Order]
                profiles: {"short": "http://ca.test/short", "long": "http://ca.test/long"}
                """, to: "acme_srv.cfg")
            try folder.write(
                """
                from wsgiref.simple_server import make_server
                from acme2certifier.share.acme2certifier_wsgi import application, get_handler_cls
                server = make_server("127.0.0.1", 0, application, handler_class=get_handler_cls())
                print("listening on", server.server_port, flush=True)
                server.serve_forever()
                """, to: "serve.py")
        }

        func manager(_ key: String? = Acme2CertifierTests.macKey) throws -> AccountManager {
            let binding = try key.map { key in
                ExternalAccountBinding(keyID: "kid-1", macKey: SecretBytes(try #require(Base64URL.decode(key))))
            }
            return AccountManager(
                client: client, store: accounts,
                settings: AccountManager.Settings(contact: ["mailto:ops@example.com"], externalAccount: binding))
        }

        func close() async {
            await http.shutdown()
            process.send(signal: 9)
        }
    }

    @Test func `external account, profile, renewal information, replaces, revocation`() async throws {
        let town = try await Town()
        let without = try town.manager(nil)
        #expect(await failure { () throws(ACMEError) in try await without.account() }?.code == .externalAccountRequired)
        let account = try await town.manager().account()
        let names = try ["a.certifier.test", "b.certifier.test"].map { try ACMEIdentifier(parsing: $0) }
        let wrong = OrderRequest(identifiers: names, profile: "medium")
        let client = town.client
        #expect(
            await failure { () throws(ACMEError) in try await Peer.issue(client, account, DeafWeb(), wrong) }?.code == .profileNotOffered)
        let issued = try await Peer.issue(town.client, account, DeafWeb(), OrderRequest(identifiers: names, profile: "short"))
        let leaf = issued.keyPair.leaf
        #expect(leaf.dnsNames.sorted() == ["a.certifier.test", "b.certifier.test"])
        let identifier = try #require(ARICertificateID(leaf))
        let info = try #require(try await town.client.renewalInfo(for: identifier))
        #expect(info.windowStart > leaf.notBefore && info.windowEnd <= leaf.notAfter.addingTimeInterval(1))
        let renewed = try await Peer.issue(
            town.client, account, DeafWeb(), OrderRequest(identifiers: names, profile: "short", replaces: identifier.text))
        #expect(renewed.keyPair.leaf != leaf)
        #expect(try await town.client.revoke(leaf, reason: .superseded, by: .account(account)) == .revoked)
        #expect(try await town.client.revoke(leaf, reason: .superseded, by: .account(account)) == .alreadyRevoked)
        // With bindings on, it takes no revocation by a certificate's key, which has no binding; Pebble does.
        let key = try PrivateKey(pem: renewed.keyPEM)
        let byKey = await failure { () throws(ACMEError) in try await client.revoke(renewed.keyPair.leaf, by: .certificateKey(key)) }
        #expect(byKey?.status == 403)
        await town.close()
    }

    @Test func `the account key is replaced, and the account goes on with it`() async throws {
        let town = try await Town()
        let manager = try town.manager()
        let old = try await manager.account()
        let new = try await manager.rollover(to: .ecdsaP384)
        #expect(new.url == old.url)
        #expect(try await town.client.existingAccount(of: new.key)?.url == old.url)
        #expect(try await town.client.existingAccount(of: old.key) == nil)
        let request = OrderRequest(identifiers: [try ACMEIdentifier(parsing: "a.certifier.test")])
        #expect(try await Peer.issue(town.client, new, DeafWeb(), request).keyPair.leaf.dnsNames == ["a.certifier.test"])
        try await manager.deactivate()
        await town.close()
    }
}
