import Core
import DNS
import TestKit
import Testing

@Suite("Whether a value has arrived at all authoritative servers") struct AuthoritativeCheckTests {
    private static let name = "_acme-challenge.example.com"

    /// A recursive server and two authoritative ones, on 127.0.0.2 and 127.0.0.3 with one port.
    private struct Network {
        let recursive: DNSServer
        let authoritative: [DNSServer]
        let check: AuthoritativeCheck

        init(
            mode: AuthoritativeCheck.Mode = .authoritative, extra: [DNSScriptRecord] = [], first: @escaping DNSServer.Script,
            second: @escaping DNSServer.Script
        ) async throws {
            recursive = try await DNSServer(
                records: [
                    .soa("example.com"), .ns("example.com", "ns1.example.com"), .ns("example.com", "ns2.example.com"),
                    .a("ns1.example.com", [127, 0, 0, 2]), .a("ns2.example.com", [127, 0, 0, 3]),
                ] + extra)
            authoritative = try await Network.pair(first, second)
            let resolver = DNSResolver(
                nameservers: [Nameserver(host: "127.0.0.1", port: UInt16(recursive.port))],
                timeouts: .init(datagram: .seconds(1), stream: .seconds(1), total: .seconds(4)),
                authoritativePort: UInt16(authoritative[0].port))
            check = AuthoritativeCheck(resolver: resolver, mode: mode)
        }

        private static func pair(_ first: @escaping DNSServer.Script, _ second: @escaping DNSServer.Script) async throws -> [DNSServer] {
            // The port that is free at one address may be taken at the other.
            for _ in 0..<5 {
                let one = try await DNSServer(host: "127.0.0.2", script: first)
                if let two = try? await DNSServer(host: "127.0.0.3", port: one.port, script: second) { return [one, two] }
            }
            let one = try await DNSServer(host: "127.0.0.2", script: first)
            return [one, try await DNSServer(host: "127.0.0.3", port: one.port, script: second)]
        }
    }

    private static func serving(_ values: String..., name: String = name, flags: UInt16 = 0x0400) -> DNSServer.Script {
        { .message(DNSReply.answer($0, flags: flags, answers: values.map { DNSScriptRecord.txt(name, $0) })) }
    }

    @Test func `a value that every server has is everywhere`() async throws {
        let network = try await Network(first: AuthoritativeCheckTests.serving("a", "b"), second: AuthoritativeCheckTests.serving("b"))
        let report = await network.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "b")
        #expect(report.isEverywhere)
        #expect(report.zone?.text == "example.com")
        #expect(report.verdicts.map(\.server) == ["ns1.example.com", "ns2.example.com"])
        #expect(report.description == "TXT _acme-challenge.example.com is at all 2 addresses of its servers")
        #expect(network.authoritative.flatMap(\.requests).allSatisfy { $0.bytes[2] & 1 == 0 }, "recursion is not desired")
    }

    @Test func `a server that lags is named, with what it has instead`() async throws {
        let network = try await Network(first: AuthoritativeCheckTests.serving("new"), second: AuthoritativeCheckTests.serving("old"))
        let report = await network.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "new")
        #expect(!report.isEverywhere)
        let port = network.authoritative[0].port
        #expect(report.description == "TXT _acme-challenge.example.com: ns2.example.com (127.0.0.3:\(port)) has other values: \"old\"")
        let empty = try await Network(first: AuthoritativeCheckTests.serving("new"), second: AuthoritativeCheckTests.serving())
        #expect(
            "\(await empty.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "new"))".contains("has no TXT record there yet"))
    }

    @Test func `a server that is silent, refuses or has no authority is named with the reason`() async throws {
        let silent = try await Network(first: AuthoritativeCheckTests.serving("v"), second: { _ in .silence })
        #expect("\(await silent.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "v"))".contains("no answer within"))
        let refusing = try await Network(first: AuthoritativeCheckTests.serving("v"), second: { .message(DNSReply.answer($0, code: 5)) })
        #expect(
            "\(await refusing.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "v"))".contains("the server answered REFUSED"))
        let lame = try await Network(first: AuthoritativeCheckTests.serving("v"), second: AuthoritativeCheckTests.serving("v", flags: 0))
        let report = await lame.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "v")
        #expect(report.verdicts.map(\.outcome.isPresent) == [true, false])
        #expect("\(report)".contains("lame delegation"))
    }

    @Test func `an alias is followed into the other zone and its servers`() async throws {
        let target = "token.acme.test"
        let name = AuthoritativeCheckTests.name
        let network = try await Network(
            extra: [.cname(name, target), .soa("acme.test"), .ns("acme.test", "ns1.example.com")],
            first: { request in
                let record = request.name == name ? DNSScriptRecord.cname(name, target) : .txt(target, "v")
                return .message(DNSReply.answer(request, flags: 0x0400, answers: [record]))
            },
            second: { _ in .silence })
        let report = await network.check.txt(try DomainName(name), has: "v")
        #expect(report.isEverywhere)
        #expect(report.name.text == target)
        #expect(report.zone?.text == "acme.test")
        #expect(network.authoritative[1].requests.isEmpty)
    }

    @Test func `an alias that only a cache still knows is not followed`() async throws {
        let network = try await Network(
            extra: [.cname(AuthoritativeCheckTests.name, "stale.test"), .soa("stale.test")], first: AuthoritativeCheckTests.serving("v"),
            second: AuthoritativeCheckTests.serving("v"))
        let report = await network.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "v")
        #expect(report.isEverywhere)
        #expect(report.name.text == AuthoritativeCheckTests.name)
    }

    @Test func `aliases of authoritative servers in a circle are a problem`() async throws {
        let alias: DNSServer.Script = { request in
            .message(
                DNSReply.answer(
                    request, flags: 0x0400,
                    answers: [.cname(request.name, request.name.hasPrefix("_") ? "b.example.com" : AuthoritativeCheckTests.name)]))
        }
        let network = try await Network(first: alias, second: alias)
        let report = await network.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "v")
        #expect(report.problem?.code == .aliases("aliases lead in a circle, back to \(AuthoritativeCheckTests.name)"))
        #expect(!report.isEverywhere)
    }

    @Test func `addresses without a way to them do not count, unless there is no other`() async throws {
        let unreachable = DNSScriptRecord(
            name: "ns1.example.com", type: 28, data: [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1])
        let network = try await Network(
            extra: [unreachable], first: AuthoritativeCheckTests.serving("v"), second: AuthoritativeCheckTests.serving("v"))
        let report = await network.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "v")
        // Only where the machine has no IPv6.
        if case .skipped = report.verdicts[1].outcome { #expect(report.isEverywhere) } else { #expect(!report.isEverywhere) }
        let name = try DomainName("x")
        let skipped = ServerVerdict(
            server: "ns1", address: Nameserver(host: "::2"), outcome: .skipped(DNSError(.unreachable("no route"), subject: "x")))
        let present = ServerVerdict(server: "ns1", address: Nameserver(host: "1.2.3.4"), outcome: .present)
        func summary(_ verdicts: [ServerVerdict]) -> PropagationReport {
            PropagationReport(name: name, zone: name, verdicts: verdicts, problem: nil)
        }
        #expect(summary([skipped, present]).isEverywhere)
        #expect(!summary([skipped]).isEverywhere)
        #expect(!summary([]).isEverywhere)
    }

    @Test func `a zone without servers, or with a server without address, is a problem`() async throws {
        let empty = try await DNSServer(records: [.soa("example.com")])
        let check = AuthoritativeCheck(resolver: DNSResolver(empty))
        let report = await check.txt(try DomainName(AuthoritativeCheckTests.name), has: "v")
        #expect("\(report)" == "NS example.com: the zone has 0 name servers; 1 to 20 are asked")
        let homeless = try await DNSServer(records: [.soa("example.com"), .ns("example.com", "ns9.example.com")])
        let second = await AuthoritativeCheck(resolver: DNSResolver(homeless)).txt(try DomainName(AuthoritativeCheckTests.name), has: "v")
        #expect(!second.isEverywhere)
        #expect("\(second)".contains("the server has no address"))
    }

    @Test func `recursive servers alone are asked when that is wanted, each of them`() async throws {
        let network = try await Network(
            mode: .recursiveOnly, extra: [.txt(AuthoritativeCheckTests.name, "v")], first: { _ in .silence }, second: { _ in .silence })
        let report = await network.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "v")
        #expect(report.isEverywhere)
        #expect(report.zone == nil)
        #expect(network.authoritative.flatMap(\.requests).isEmpty)
        #expect(await !network.check.txt(try DomainName(AuthoritativeCheckTests.name), has: "w").isEverywhere)
    }
}

extension ServerVerdict.Outcome {
    fileprivate var isPresent: Bool { self == .present }
}
