import Core
import DNS
import TestKit
import Testing

@Suite("The resolver, RFC 1034 §5, RFC 5452, RFC 6891") struct ResolverTests {
    private static let name = "_acme-challenge.example.com"

    @Test func `TXT values come joined, repaired and once each`() async throws {
        let server = try await DNSServer(records: [
            .soa("example.com"), .txt(ResolverTests.name, strings: [Array("one".utf8), Array("two".utf8)]),
            .txt(ResolverTests.name, "three"),
            .txt(ResolverTests.name, "three"), .txt(ResolverTests.name, strings: [[0x61, 0xFF, 0x62]]), .txt("other.example.com", "no"),
        ])
        #expect(try await DNSResolver(server).txt(DomainName(ResolverTests.name)) == ["onetwo", "three", "a\u{FFFD}b"])
    }

    @Test func `what does not exist is empty`() async throws {
        let server = try await DNSServer(records: [.soa("example.com"), .a("here.example.com", [192, 0, 2, 1])])
        let resolver = DNSResolver(server)
        #expect(try await resolver.txt(DomainName("here.example.com")).isEmpty)
        #expect(try await resolver.txt(DomainName("gone.example.com")).isEmpty)
        #expect(try await resolver.caa(DomainName("gone.example.com")).isEmpty)
        #expect(try await resolver.cname(DomainName("gone.example.com")) == nil)
        #expect(try await resolver.addresses(DomainName("here.example.com")) == ["192.0.2.1"])
    }

    @Test func `identifiers and source ports differ from question to question`() async throws {
        let server = try await DNSServer(records: [.soa("example.com")])
        let resolver = DNSResolver(server)
        for _ in 0..<20 { _ = try await resolver.txt(DomainName(ResolverTests.name)) }
        #expect(Set(server.requests.map(\.id)).count > 15)
        #expect(Set(server.requests.map(\.sourcePort)).count > 10)
        #expect(server.requests.allSatisfy { $0.hasEDNS && !$0.isTCP })
    }

    @Test func `a truncated answer is asked for again over TCP, up to 64 KiB`() async throws {
        let values = (0..<250).map { "\($0)-" + String(repeating: "x", count: 230) }
        let server = try await DNSServer { request in
            let answers = values.map { DNSScriptRecord.txt(request.name, $0) }
            return .message(request.isTCP ? DNSReply.answer(request, answers: answers) : DNSReply.answer(request, flags: 0x0200))
        }
        #expect(try await DNSResolver(server).txt(DomainName("a.test")) == values)
        #expect(server.requests.map(\.isTCP) == [false, true])
    }

    @Test func `a server without EDNS is asked without`() async throws {
        let server = try await DNSServer { request in
            .message(request.hasEDNS ? DNSReply.answer(request, code: 1) : DNSReply.answer(request, answers: [.txt(request.name, "v")]))
        }
        #expect(try await DNSResolver(server).txt(DomainName("a.test")) == ["v"])
        #expect(server.requests.map(\.hasEDNS) == [true, false])
    }

    @Test(arguments: [(2, "SERVFAIL"), (5, "REFUSED"), (9, "NOTAUTH")] as [(UInt8, String)])
    func `a refusal names server and question once every server has refused`(code: UInt8, word: String) async throws {
        let server = try await DNSServer { .message(DNSReply.answer($0, code: code)) }
        let error = try #require(await failure { () async throws(DNSError) in try await DNSResolver(server).txt(DomainName("a.test")) })
        #expect(error.description.hasPrefix("TXT a.test at 127.0.0.1:\(server.port): the server answered \(word) ("))
    }

    @Test func `the next server is asked when one refuses, is silent or talks nonsense`() async throws {
        let refusing = try await DNSServer { .message(DNSReply.answer($0, code: 2)) }
        let silent = try await DNSServer { _ in .silence }
        let nonsense = try await DNSServer { .message(Array(DNSReply.answer($0, answers: [.txt("a.test", "no")]).dropLast())) }
        let good = try await DNSServer { .message(DNSReply.answer($0, answers: [.txt("a.test", "yes")])) }
        #expect(try await DNSResolver(refusing, silent, nonsense, good, datagram: .seconds(1)).txt(DomainName("a.test")) == ["yes"])
    }

    @Test func `a lost datagram is sent again`() async throws {
        let server = try await DNSServer { request in
            request.earlier == 0 ? .silence : .message(DNSReply.answer(request, answers: [.txt("a.test", "yes")]))
        }
        #expect(try await DNSResolver(server, datagram: .seconds(1)).txt(DomainName("a.test")) == ["yes"])
    }

    @Test func `a silent server costs the time that it is given`() async throws {
        let server = try await DNSServer { _ in .silence }
        let start = ContinuousClock.now
        let error = await failure { () async throws(DNSError) in
            try await DNSResolver(server, datagram: .seconds(1)).txt(DomainName("a.test"))
        }
        #expect(ContinuousClock.now - start >= .seconds(2))
        guard case .timedOut(_, instead: nil) = error?.code else {
            Issue.record("not timed out: \(String(describing: error))")
            return
        }
    }

    @Test func `nobody listening is an error at once`() async throws {
        let port = try FreePort.one()
        let resolver = DNSResolver(nameservers: [Nameserver(host: "127.0.0.1", port: UInt16(port))])
        let error = await failure { () async throws(DNSError) in try await resolver.txt(DomainName("a.test")) }
        #expect(error?.code == .network("no answer: connection refused"))
    }

    @Test func `aliases are followed within an answer and from answer to answer`() async throws {
        let whole = try await DNSServer(records: [
            .cname("a.test", "b.test"), .cname("b.test", "c.test"), .txt("c.test", "v"), .soa("test"),
        ])
        #expect(try await DNSResolver(whole).txt(DomainName("a.test")) == ["v"])
        #expect(try await DNSResolver(whole).cname(DomainName("a.test"))?.text == "b.test")
        #expect(try await DNSResolver(whole).followCNAMEs(from: DomainName("a.test")).text == "c.test")
        let stepwise = try await DNSServer { request in
            let chain = ["a.test": "b.test", "b.test": "c.test"]
            let record = chain[request.name].map { DNSScriptRecord.cname(request.name, $0) } ?? .txt(request.name, "v")
            return .message(DNSReply.answer(request, answers: [record]))
        }
        #expect(try await DNSResolver(stepwise).txt(DomainName("a.test")) == ["v"])
    }

    @Test func `ten aliases are followed, eleven are not`() async throws {
        func chain(_ count: Int) -> [DNSScriptRecord] {
            (0..<count).map { DNSScriptRecord.cname("n\($0).test", "n\($0 + 1).test") } + [.txt("n\(count).test", "end"), .soa("test")]
        }
        let ten = try await DNSServer(records: chain(10))
        #expect(try await DNSResolver(ten).txt(DomainName("n0.test")) == ["end"])
        #expect(try await DNSResolver(ten).followCNAMEs(from: DomainName("n0.test")).text == "n10.test")
        let eleven = try await DNSServer(records: chain(11))
        let words = DNSError.Code.aliases("more than 10 aliases in a row")
        #expect(await failure { () async throws(DNSError) in try await DNSResolver(eleven).txt(DomainName("n0.test")) }?.code == words)
        #expect(
            await failure { () async throws(DNSError) in try await DNSResolver(eleven).followCNAMEs(from: DomainName("n0.test")) }?.code
                == words)
    }

    @Test func `a zone is found by the nearest SOA record`() async throws {
        let server = try await DNSServer(records: [
            .soa("example.com"), .soa("deep.example.com"), .ns("example.com", "ns1.example.com"), .ns("example.com", "ns2.example.com"),
            .cname("_acme-challenge.www.example.com", "x.elsewhere.test"), .soa("elsewhere.test"), .a("a.b.example.com", [1, 2, 3, 4]),
        ])
        let resolver = DNSResolver(server)
        func zone(_ name: String) async throws -> String { try await resolver.zone(of: DomainName(name)).text }
        #expect(try await zone("example.com") == "example.com")
        #expect(try await zone("_acme-challenge.a.b.example.com") == "example.com")
        #expect(try await zone("x.deep.example.com") == "deep.example.com")
        #expect(try await zone("_acme-challenge.www.example.com") == "example.com")
        #expect(try await resolver.nameservers(ofZone: DomainName("example.com")).map(\.text) == ["ns1.example.com", "ns2.example.com"])
        #expect(await failure { () async throws(DNSError) in try await resolver.zone(of: DomainName("nowhere.net")) }?.code == .noZone)
    }

    @Test func `one family of addresses is enough`() async throws {
        let server = try await DNSServer { request in
            request.type == 28
                ? .message(DNSReply.answer(request, code: 2)) : .message(DNSReply.answer(request, answers: [.a("a.test", [1, 2, 3, 4])]))
        }
        #expect(try await DNSResolver(server).addresses(DomainName("a.test")) == ["1.2.3.4"])
        let none = try await DNSServer { .message(DNSReply.answer($0, code: $0.type == 28 ? 2 : 0)) }
        #expect(
            await failure { () async throws(DNSError) in try await DNSResolver(none).addresses(DomainName("a.test")) }?.code
                == .refused(.serverFailure))
    }

    @Test func `a cancelled question ends at once`() async throws {
        let server = try await DNSServer { _ in .silence }
        let resolver = DNSResolver(
            nameservers: [Nameserver(host: "127.0.0.1", port: UInt16(server.port))],
            timeouts: .init(datagram: .seconds(60), stream: .seconds(60), total: .seconds(60)))
        let name = try DomainName("a.test")
        let task = Task { await failure { () async throws(DNSError) in try await resolver.txt(name) } }
        #expect(await eventually { !server.requests.isEmpty })
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        let early = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return await failure { () async throws(DNSError) in try await resolver.txt(name) }
        }
        #expect(await early.value?.code == .cancelled)
    }

    @Test func `three hundred questions at once are all answered`() async throws {
        let server = try await DNSServer { .message(DNSReply.answer($0, answers: [.txt($0.name, $0.name)])) }
        let resolver = DNSResolver(server, datagram: .seconds(2))
        let names = try (0..<300).map { try DomainName("n\($0).test") }
        let values = await withTaskGroup(of: [String].self) { group in
            for name in names { group.addTask { (try? await resolver.txt(name)) ?? [] } }
            return await group.reduce(into: Set<String>()) { $0.formUnion($1) }
        }
        #expect(values == Set(names.map(\.text)))
    }

    @Test func `a server given by its host name is found by the system`() async throws {
        let server = try await DNSServer { .message(DNSReply.answer($0, answers: [.txt("a.test", "yes")])) }
        let resolver = DNSResolver(nameservers: [try Nameserver("localhost:\(server.port)")])
        #expect(try await resolver.txt(DomainName("a.test")) == ["yes"])
        let unknown = DNSResolver(nameservers: [try Nameserver("no-such-host.invalid")])
        guard case .hostNotFound = await failure({ () async throws(DNSError) in try await unknown.txt(DomainName("a.test")) })?.code else {
            Issue.record("found a host that is not there")
            return
        }
    }
}
