import Synchronization
import Testing

@testable import Proxy

@Suite("Access log and counters") struct AccessLogTests {
    private final class Records: Sendable {
        private let state = Mutex<[AccessRecord]>([])
        var all: [AccessRecord] { state.withLock { $0 } }
        func add(_ record: AccessRecord) { state.withLock { $0.append(record) } }
    }

    @Test func `every exchange is told once`() async throws {
        let backend = try Backend { peer, _ in
            while true {
                let request = try peer.readRequest()
                if request.target == "/cut" { return try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc") }
                try peer.respond("hello")
            }
        }
        let records = Records()
        try await withWorld(Make.site(ports: [backend.port]), configure: { $0.accessLog = { records.add($0) } }) { world in
            try await Threads.run {
                let client = try world.connect()
                _ = try client.exchange("POST /%61/../b?secret=1 HTTP/1.1\r\nHost: APP.test\r\nContent-Length: 3\r\n\r\nxyz")
                _ = try client.exchange("GET / HTTP/1.1\r\nHost: app.test\r\nX-Request-ID: mine-1\r\n\r\n")
                _ = try client.exchange("GET /no HTTP/1.1\r\nHost: other.test\r\n\r\n")
                try client.write("GET /cut HTTP/1.1\r\nHost: app.test\r\n\r\n")
                _ = try client.readEnding()
                _ = try world.connect().exchange("NONSENSE\r\n\r\n")
            }
            #expect(await eventually { records.all.count == 5 })
            guard records.all.count == 5 else { return }
            let nonsense = records.all[4]
            #expect(nonsense.status == 400 && nonsense.method.isEmpty && nonsense.downstreamAddress == "127.0.0.1")
            let all = records.all.dropLast()
            #expect(all.map(\.method) == ["POST", "GET", "GET", "GET"])
            #expect(all.map(\.path) == ["/b", "/", "/no", "/cut"])
            #expect(all.map(\.host) == ["app.test", "app.test", "other.test", "app.test"])
            #expect(all.map(\.status) == [200, 200, 404, 200])
            #expect(all.map(\.requestBodyBytes) == [3, 0, 0, 0])
            #expect(all.map(\.responseBodyBytes) == [5, 5, 14, 3])
            #expect(all.map(\.isComplete) == [true, true, true, false])
            #expect(all.map(\.tries) == [1, 1, 0, 1])
            #expect(all.map(\.upstream) == ["shop/s-app-test:80", "shop/s-app-test:80", nil, "shop/s-app-test:80"])
            #expect(all[0].endpoint == "127.0.0.1:\(backend.port)" && all[2].endpoint == nil)
            #expect(all[0].requestID.utf8.count == 32 && all[1].requestID == "mine-1")
            #expect(all[0].downstreamAddress == "127.0.0.1" && !all[0].isTLS)
            #expect((all[0].upstreamDuration ?? .zero) > .zero && all[0].duration >= (all[0].upstreamDuration ?? .zero))
            #expect(all[2].upstreamDuration == nil)
        }
    }

    @Test func `an upstream by name is looked up off the loop`() async throws {
        let backend = try Backend.named("by name")
        let objects = [Make.external("ext", to: "localhost", port: backend.port), Make.ingress("app.test", to: "ext", port: backend.port)]
        try await withWorld(objects) { world in
            let response = try await world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
            #expect(response.text == "by name")
        }
        let missing = [Make.external("ext", to: "no-such-host.invalid", port: 80), Make.ingress("app.test", to: "ext", port: 80)]
        try await withWorld(missing) { world in
            let response = try await world.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
            #expect(response.status == 502)
        }
    }
}
