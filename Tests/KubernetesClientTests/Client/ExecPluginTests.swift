internal import Core
internal import FoundationEssentials
internal import Glibc
internal import PKI
internal import TestKit
internal import Testing

@testable internal import KubernetesClient

@Suite("Exec plugins, client.authentication.k8s.io") struct ExecPluginTests {
    let folder: TemporaryFolder
    let time = ManualTime()

    init() throws { folder = try TemporaryFolder("exec") }

    /// A plugin of shell lines; `$DIR` is the test's folder. Each run adds a line to the file `runs`.
    func plugin(_ script: String, _ change: (inout ExecPlugin) -> Void = { _ in }) throws -> ExecPlugin {
        let name = "plugin-\(UInt32.random(in: 0...UInt32.max)).sh"
        try folder.write("echo run >> \"$DIR/runs\"\n" + script, to: name)
        var plugin = ExecPlugin(
            command: "sh", arguments: [folder.path + "/" + name], environment: [("DIR", folder.path)])
        change(&plugin)
        return plugin
    }

    func credential(_ status: String, version: ExecPlugin.Version = .v1) -> String {
        "echo '{\"apiVersion\":\"\(version.rawValue)\",\"kind\":\"ExecCredential\",\"status\":{\(status)}}'"
    }

    var runs: Int { (try? folder.read("runs").split(separator: "\n").count) ?? 0 }

    func server() async throws -> FakeAPIServer {
        let server = try await FakeAPIServer()
        server.put(APIRequest.configMap("a"))
        return server
    }

    func client(_ server: FakeAPIServer, _ plugin: ExecPlugin) -> APIClient {
        var configuration = server.configuration
        configuration.credentials.exec = plugin
        return APIClient(configuration, time: time)
    }

    func refusal(_ plugin: ExecPlugin) async throws -> String {
        let error = await client(try await FakeAPIServer(), plugin).failure(.getA)
        #expect(error?.code == .configuration)
        return error?.message ?? "no error"
    }

    func output(_ plugin: ExecPlugin, timeout: Duration = .seconds(20)) async -> String {
        do throws(ClusterConfigurationError) {
            return String(decoding: try await ExecProcess.run(plugin, info: [], isInteractive: false, timeout: timeout), as: UTF8.self)
        } catch { return error.message }
    }

    @Test func `its token is used until it expires`() async throws {
        let server = try await server()
        try folder.write("one", to: "token")
        let status = "\"token\":\"'$(cat $DIR/token)'\",\"expirationTimestamp\":\"2026-06-01T14:05:00+02:00\""
        let client = client(server, try plugin(credential(status)))
        for _ in 0..<3 { _ = try await client.send(.getA) }
        #expect(runs == 1)
        try folder.write("two", to: "token")
        time.advance(by: .minutes(5))
        #expect(await client.failure(.getA)?.message.contains("has expired") == true)
        #expect(runs == 2)
        #expect(server.requests.map { $0.headers["authorization"] } == Array(repeating: "Bearer one", count: 3))
    }

    @Test func `a refused token is asked for anew, once for all who were refused`() async throws {
        let server = try await server()
        try folder.write("one", to: "token")
        let client = client(
            server, try plugin(credential("\"token\":\"'$(cat $DIR/token)'\"", version: .v1beta1)) { $0.version = .v1beta1 })
        _ = try await client.send(.getA)
        try folder.write("two", to: "token")
        server.accept(authorizations: ["Bearer two"])
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { _ = try await client.send(.getA) } }
            try await group.waitForAll()
        }
        #expect(runs == 2)
        server.accept(authorizations: [])
        #expect(await client.failure(.getA)?.code == .unauthorized)
        #expect(runs == 3)
    }

    @Test func `its certificate is used`() async throws {
        let authority = try TestAuthority()
        let pair = try TestAuthority.client("from plugin")
        let server = try await FakeAPIServer(
            tls: .init(keyPair: try authority.server(), clientAuthorityPEM: Array(pair.certificateText.utf8)))
        server.put(APIRequest.configMap("a"))
        let json: JSONValue = [
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": ["clientCertificateData": .string(pair.certificateText), "clientKeyData": .string(pair.keyText)],
        ]
        try folder.write(String(decoding: json.json, as: UTF8.self), to: "credential.json")
        var configuration = server.configuration
        configuration.certificateAuthority = .data(SecretBytes(authority.pem))
        configuration.credentials.exec = try plugin("cat $DIR/credential.json")
        _ = try await APIClient(configuration).send(.getA)
        #expect(server.requests.last?.clientCertificate == "from plugin")
        #expect(server.requests.last?.headers["authorization"] == nil)
    }

    @Test func `it is told of the cluster when it wants to be, and of nothing secret`() async throws {
        let server = try await server()
        let script = "printf %s \"$KUBERNETES_EXEC_INFO\" > $DIR/info; printf %s \"$*\" > $DIR/words; " + credential("\"token\":\"t\"")
        let plain = try plugin(script) { $0.arguments += ["a b", "$DIR"] }
        _ = try await client(server, plain).send(.getA)
        #expect(
            JSONValue(parsing: Array(try folder.read("info").utf8)) == [
                "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": ["interactive": false],
            ])
        #expect(try folder.read("words") == "a b $DIR")
        var configuration = server.configuration
        configuration.certificateAuthority = .data(SecretBytes(try TestAuthority().pem))
        configuration.tlsServerName = "api.test"
        configuration.credentials.exec = try plugin(script) { $0.cluster = .init(configJSON: Array("{\"a\":[1]}".utf8)) }
        _ = try await APIClient(configuration).send(.getA)
        let cluster = JSONValue(parsing: Array(try folder.read("info").utf8))?.at("spec", "cluster")
        #expect(cluster?["server"]?.text == server.url && cluster?["tls-server-name"] == "api.test")
        #expect(cluster?["config"] == ["a": [1]] && cluster?["certificate-authority-data"]?.text?.isEmpty == false)
    }

    @Test func `a fixed token wins, and the plugin is never run`() async throws {
        let server = try await server()
        var configuration = server.configuration
        configuration.credentials = .token("fixed")
        configuration.credentials.exec = try plugin(credential("\"token\":\"t\""))
        _ = try await APIClient(configuration).send(.getA)
        #expect(runs == 0 && server.requests.last?.headers["authorization"] == "Bearer fixed")
    }

    @Test func `what it does wrong is told, without what it printed`() async throws {
        let cases: [(String, String)] = [
            ("exit 3", "it failed with exit status 3"),
            ("kill -9 $$", "it was ended by signal 9"),
            ("echo s3cret", "its output is not the JSON of an ExecCredential"),
            ("", "its output is not the JSON of an ExecCredential"),
            ("echo '{\"kind\":\"s3cret\"}'", "kind: expected ExecCredential"),
            (credential("\"token\":\"s3cret\"", version: .v1beta1), "apiVersion: expected client.authentication.k8s.io/v1"),
            ("echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"}'", "status: the field is missing"),
            (credential(""), "there is neither a token nor a client certificate"),
            (credential("\"token\":17"), "status.token: expected a string"),
            (credential("\"token\":\"s3cret with blanks\""), "status.token: the token has a byte"),
            (credential("\"token\":\"t\",\"clientKeyData\":\"s3cret\""), "clientCertificateData and clientKeyData are not both given"),
            (credential("\"token\":\"s3cret\",\"expirationTimestamp\":\"s3cret\""), "expirationTimestamp: not a time"),
            (credential("\"token\":\"s3cret\",\"expirationTimestamp\":\"2026-05-31T12:00:00.5Z\""), "has expired"),
        ]
        for (script, expected) in cases {
            let words = try await refusal(try plugin(script))
            #expect(words.contains(expected) && words.contains("exec plugin sh"), "\(script): \(words)")
            #expect(!words.contains("s3cret"), "\(words)")
        }
    }

    @Test func `one that is not there is told with the hint`() async throws {
        let missing = ExecPlugin(command: "no-such-plugin-of-ours", installHint: "install\nit")
        let words = try await refusal(missing)
        #expect(words == "exec plugin no-such-plugin-of-ours: it cannot be started: No such file or directory; install it")
        let always = ExecPlugin(command: "sh", interactiveMode: .always)
        if isatty(0) == 0 { #expect(try await refusal(always).contains("it needs a terminal")) }
    }

    @Test func `a failure is everybody's answer for a moment`() async throws {
        let server = try await server()
        let client = client(server, try plugin("exit 1"))
        for _ in 0..<3 { _ = await client.failure(.getA) }
        #expect(runs == 1)
        time.advance(by: Limits.execFailurePause)
        _ = await client.failure(.getA)
        #expect(runs == 2)
    }

    @Test func `one that takes too long or prints too much is killed with its children`() async throws {
        let slow = try plugin("sleep 600 & echo $! > $DIR/child; wait")
        #expect(await output(slow, timeout: .milliseconds(500)).contains("it did not end within"))
        let child = try #require(Int32(try folder.read("child").trimming))
        #expect(await eventually { ExecPluginTests.isGone(child) })
        let many = try plugin("head -c \(Limits.execOutputBytesMax + 1) /dev/zero")
        #expect(await output(many).contains("it printed more than \(Limits.execOutputBytesMax) bytes"))
        let full = try plugin("head -c \(Limits.execOutputBytesMax) /dev/zero")
        #expect(await output(full).utf8.count == Limits.execOutputBytesMax)
    }

    @Test func `it gets none of our sockets and files`() async throws {
        let server = try await server()
        _ = try await APIClient(server.configuration).send(.getA)
        // The shell's own script may be open as 10, its reading of the folder as another one.
        let words = await output(try plugin("for fd in /proc/$$/fd/*; do readlink $fd; done"))
        #expect(!words.contains("socket:"), "\(words)")
    }

    @Test func `a child that holds its output is not waited for, and its input is empty`() async throws {
        let words = await output(try plugin("echo $$ > $DIR/group; sleep 600 & cat; echo done"))
        #expect(words == "done\n")
        let group = try #require(Int32(try folder.read("group").trimming))
        kill(-group, SIGKILL)
    }

    @Test func `cancelling one request leaves the run to the others, shutting down ends it`() async throws {
        let server = try await server()
        let client = client(server, try plugin("until [ -e $DIR/go ]; do sleep 0.05; done; " + credential("\"token\":\"t\"")))
        let (first, second) = (Task { await client.failure(.getA) }, Task { await client.failure(.getA) })
        #expect(await eventually { runs == 1 })
        first.cancel()
        #expect(await first.value?.code == .cancelled)
        try folder.write("", to: "go")
        #expect(await second.value == nil)
        #expect(runs == 1)
        let endless = self.client(server, try plugin("echo $$ > $DIR/pid; exec sleep 600"))
        let waiting = Task { await endless.failure(.getA) }
        #expect(await eventually { (try? folder.read("pid").trimming).flatMap { Int32($0) } != nil })
        await endless.shutdown()
        #expect(await waiting.value?.code == .closed)
        let pid = try #require(Int32(try folder.read("pid").trimming))
        #expect(await eventually { ExecPluginTests.isGone(pid) })
    }

    static func isGone(_ pid: Int32) -> Bool { kill(pid, 0) != 0 || isZombie(pid) }

    /// A child of a killed parent may wait for an init that does not collect it.
    private static func isZombie(_ pid: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        return status.isEmpty || status.contains(") Z ")
    }
}

extension String {
    fileprivate var trimming: String { String(self.filter { !$0.isWhitespace }) }
}
