import Core
import DNS
import FoundationEssentials
import KubernetesAPI
import Manifests
import TestKit
import Testing

@testable import DNSProviders

@Suite("acme-dns") struct ACMEDNSTests {
    private let accounts =
        #"{"Example.com":{"username":"user","password":"\#(Make.secretText)","fulldomain":"sub-1.auth.example.","subdomain":"sub-1","allowfrom":[]}}"#

    private func make(_ fake: FakeProvider, _ accounts: String) async throws(DNSProviderError) -> any DNSProvider {
        guard let context = try? Make.context(fake) else { throw DNSProviderError(.cancelled, "no context") }
        return try await Make.provider(
            .acmeDNS(ACMEDNSProvider(host: fake.url + "/", accountSecretRef: Make.reference("accounts"))), context,
            secrets: ["accounts": accounts])
    }

    @Test func `the value is sent with the account of the name, wildcard or not`() async throws {
        let fake = try FakeProvider { request in
            .json(#"{"txt":"\#(ManifestReader.object(json: request.body)?.text("txt") ?? "")"}"#)
        }
        let provider = try await make(fake, accounts)
        let record = try Make.record("*.example.com")
        try await provider.present(record)
        let request = try #require(fake.requests.first)
        #expect("\(request.method) \(request.target)" == "POST /update")
        #expect(request.fields["x-api-user"] == "user" && request.fields["x-api-key"] == Make.secretText)
        #expect(request.text == #"{"subdomain":"sub-1","txt":"\#(record.value)"}"#)
        try await provider.cleanUp(record)
        #expect(fake.requests.count == 1)
    }

    @Test func `errors name what is missing`() async throws {
        let fake = try FakeProvider { _ in .json(#"{"error":"bad_subdomain"}"#, status: 400) }
        let provider = try await make(fake, accounts)
        let known = try Make.record("example.com")
        let unknown = try Make.record("other.example.com")
        let refused = await Make.failure { () async throws(DNSProviderError) in try await provider.present(known) }
        #expect(refused?.description == "acmeDNS, record for example.com: the API answered 400: bad_subdomain")
        let missing = await Make.failure { () async throws(DNSProviderError) in try await provider.present(unknown) }
        #expect(missing?.description == "acmeDNS, record for other.example.com: Secret accounts has no account for other.example.com")
        for bad in ["", "[]", "{\"a\": 1}", #"{"a":{"username":"u","password":"p","subdomain":"../x"}}"#] {
            let error = await Make.failure { () async throws(DNSProviderError) in _ = try await make(fake, bad) }
            guard case .configuration? = error?.code else {
                Issue.record("\(bad): \(String(describing: error))")
                continue
            }
        }
    }
}

@Suite("httpreq, lego's contract") struct HTTPRequestHookTests {
    @Test func `a record is handed over with basic authentication`() async throws {
        let fake = try FakeProvider { _ in .json("") }
        let provider = try await Make.provider(
            .httpRequest(HTTPRequestProvider(endpoint: fake.url + "/dns/", username: "ops", passwordSecretRef: Make.reference())),
            try Make.context(fake))
        let record = try Make.record("www.example.com", written: "x.delegated.test")
        try await provider.present(record)
        try await provider.cleanUp(record)
        #expect(fake.requests.map { "\($0.method) \($0.target)" } == ["POST /dns/present", "POST /dns/cleanup"])
        #expect(fake.requests.allSatisfy { $0.text == #"{"fqdn":"x.delegated.test.","value":"\#(record.value)"}"# })
        let pair = Data("ops:\(Make.secretText)".utf8).base64EncodedString()
        #expect(fake.requests.allSatisfy { $0.fields["authorization"] == "Basic \(pair)" })
    }

    @Test func `in RAW mode it gets what the value is made of`() async throws {
        let fake = try FakeProvider { _ in .json("") }
        let provider = try await Make.provider(
            .httpRequest(HTTPRequestProvider(endpoint: fake.url, mode: .raw)), try Make.context(fake))
        try await provider.present(try Make.record("*.example.com", token: "tok"))
        #expect(fake.requests.map(\.text) == [#"{"domain":"example.com","token":"tok","keyAuth":"tok.thumbprint"}"#])
        #expect(fake.requests.first?.fields["authorization"] == nil)
    }

    @Test(arguments: ["ftp://a", "a.example", "http://", "http:///x", "https://u:p@a.example", "https://a.example/?x=1", "https://a b"])
    func `an endpoint that is none is refused without being repeated`(url: String) async throws {
        let context = try Make.context()
        let error = await Make.failure { () async throws(DNSProviderError) in
            _ = try await Make.provider(.httpRequest(HTTPRequestProvider(endpoint: url)), context)
        }
        #expect(error?.description.contains("endpoint: ") == true && error?.description.contains("u:p") == false)
    }

    @Test func `its words are not told: whoever writes an Issuer could read with our eyes`() async throws {
        let fake = try FakeProvider { _ in .answer(status: 422, body: "an internal service's words") }
        let provider = try await Make.provider(.httpRequest(HTTPRequestProvider(endpoint: fake.url)), try Make.context(fake))
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description == "httpreq, record _acme-challenge.example.com: the API answered 422")
    }
}

@Suite("exec, lego's contract") struct ProgramHookTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder("certctl-exec") }

    private func make(_ script: String, _ change: (inout ExecProvider) -> Void = { _ in }) async throws -> any DNSProvider {
        try folder.write("#!/bin/sh\n" + script, to: "hook")
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path + "/hook")
        var settings = ExecProvider(path: folder.path + "/hook")
        change(&settings)
        return try await Make.provider(.exec(settings), try Make.context(), exec: .allowed([settings]))
    }

    @Test func `arguments arrive as they are, the environment does not`() async throws {
        let provider = try await make(
            "{ for a in \"$@\"; do echo \"<$a>\"; done; env | grep -v -e '^PWD=' -e '^_=' -e '^SHLVL=' | sort; } > \(folder.path)/out"
        ) { $0.arguments = ["--zone", "a b; $(touch x) `y` \"'"] }
        let record = try Make.record("www.example.com")
        try await provider.present(record)
        #expect(
            try folder.read("out")
                == "<--zone>\n<a b; $(touch x) `y` \"'>\n<present>\n<_acme-challenge.www.example.com.>\n<\(record.value)>\nHOME=/\nLANG=C.UTF-8\n"
                + "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n")
    }

    @Test func `in RAW mode it gets what the value is made of`() async throws {
        let provider = try await make("echo \"$@\" > \(folder.path)/out") { $0.mode = .raw }
        try await provider.cleanUp(try Make.record("*.example.com", token: "-tok"))
        #expect(try folder.read("out") == "cleanup -- example.com -tok -tok.thumbprint\n")
    }

    @Test func `a failure tells the end of what it wrote, without what only the CA needs`() async throws {
        let provider = try await make("echo one; echo \"key $4 $5\" >&2; yes filler | head -n 200; echo last words; exit 3") {
            $0.mode = .raw
        }
        let record = try Make.record("example.com", token: "secretive")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        let words = try #require(error?.description)
        #expect(words.contains("present for _acme-challenge.example.com: exit status 3: …") && words.hasSuffix("filler last words"))
        let short = try await make("echo \"key $4 $5\" >&2; exit 4") { $0.mode = .raw }
        let again = await Make.failure { () async throws(DNSProviderError) in try await short.present(record) }
        #expect(again?.description.hasSuffix("exit status 4: key <redacted> <redacted>") == true)
    }

    @Test func `a signal is told`() async throws {
        let provider = try await make("kill -9 $$")
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description.hasSuffix("ended by signal 9") == true)
    }

    @Test func `one that takes too long is ended with all that it started`() async throws {
        let provider = try await make("echo started; sleep 1000 & echo $! > \(folder.path)/child; wait") { $0.timeoutSeconds = 1 }
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.code == .timedOut(.seconds(1), "the program was ended: started"))
        let child = try #require(Int32(try folder.read("child").split(separator: "\n").first ?? ""))
        #expect(await eventually { ProgramHookTests.isGone(child) })
    }

    @Test func `one that does not heed the signal is killed`() async throws {
        let provider = try await make("trap '' TERM; while :; do sleep 0.1; done") { $0.timeoutSeconds = 1 }
        let record = try Make.record("example.com")
        let start = ContinuousClock.now
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        guard case .timedOut? = error?.code else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(start.duration(to: .now) > .seconds(3))
    }

    @Test func `cancelling ends it`() async throws {
        let provider = try await make("touch \(folder.path)/started; sleep 1000")
        let record = try Make.record("example.com")
        let task = Task { await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) } }
        #expect(await eventually { FileManager.default.fileExists(atPath: folder.path + "/started") })
        task.cancel()
        #expect(await task.value?.code == .cancelled)
    }

    @Test func `one that writes without end is ended`() async throws {
        let provider = try await make("yes")
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(error?.description.contains("wrote more than \(DNSProvidersLimits.outputBytesMax) bytes and was ended") == true)
        let enough = try await make("head -c \(DNSProvidersLimits.outputBytesMax) /dev/zero")
        try await enough.present(record)
    }

    @Test func `one whose child holds its output open does not hold us up`() async throws {
        let provider = try await make("sleep 5 &\nexit 0")
        let start = ContinuousClock.now
        try await provider.present(try Make.record("example.com"))
        #expect(start.duration(to: .now) < .seconds(4))
    }

    @Test func `one that is not there says so`() async throws {
        let settings = ExecProvider(path: "/nonexistent/hook")
        let provider = try await Make.provider(.exec(settings), try Make.context(), exec: .allowed([settings]))
        let record = try Make.record("example.com")
        let error = await Make.failure { () async throws(DNSProviderError) in try await provider.present(record) }
        #expect(
            error?.description
                == "exec, /nonexistent/hook present for _acme-challenge.example.com: does not start: No such file or directory")
    }

    @Test func `nothing is started that is not allowed`() async throws {
        let context = try Make.context()
        let settings = ExecProvider(path: "/bin/true")
        for (permission, words) in [
            (ExecPermission.refused(because: "--allow-exec-dns is not set"), "programs are not started: --allow-exec-dns is not set"),
            (
                .allowed([ExecProvider(path: "/bin/true", arguments: ["x"])]),
                "no issuer that may do so has this program with these arguments"
            ),
        ] {
            let error = await Make.failure { () async throws(DNSProviderError) in
                _ = try await Make.provider(.exec(settings), context, exec: permission)
            }
            #expect(error?.description.contains(words) == true)
        }
    }

    private static func isGone(_ pid: Int32) -> Bool {
        // A zombie of a parent that is gone may linger in a container whose first process collects nobody.
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return true }
        return status.split(separator: ")").last?.split(separator: " ").first == "Z"
    }
}
