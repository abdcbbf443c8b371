import Core
import FoundationEssentials
import HTTPClient
import Issuance
import Synchronization
import TestKit
import Testing

@testable import Admin

@Suite("Dashboard, events") struct DashboardStreamTests {
    /// Certificates that a test changes.
    private final class Fleet: Sendable {
        private let facts = Mutex<[CertificateFact]>([])
        private let looks = Mutex(0)

        init(_ facts: [CertificateFact]) { self.facts.withLock { $0 = facts } }

        func set(_ facts: [CertificateFact]) { self.facts.withLock { $0 = facts } }

        func input() -> DashboardInput {
            looks.withLock { $0 += 1 }
            return DashboardSample.input(facts.withLock { $0 })
        }

        var lookCount: Int { looks.withLock { $0 } }
    }

    private func withServer(
        _ fleet: Fleet, access: AdminAccess = .loopbackOnly, host: String = "127.0.0.1", eventTimeout: Duration = .seconds(60),
        _ body: (AdminServer, Dashboard, AdminCredentials) async throws -> Void
    ) async throws {
        let dashboard = Dashboard { fleet.input() }
        let credentials = AdminCredentials(access)
        let server = try await AdminServer.start(
            on: ListenAddress(host: host, port: 0), credentials: credentials, eventTimeout: eventTimeout
        ) { await dashboard.answer($0) ?? .text(404, "none") }
        let running = Task { await dashboard.run() }
        var failure: (any Error)?
        do { try await body(server, dashboard, credentials) } catch { failure = error }
        running.cancel()
        await dashboard.close()
        await server.stop()
        if let failure { throw failure }
    }

    private func open(
        _ server: AdminServer, _ target: String = Dashboard.eventsPath, _ fields: String = "", receiveBufferBytes: Int32? = nil
    ) throws
        -> RawConnection
    {
        let connection = try RawConnection(port: server.address.port, receiveBufferBytes: receiveBufferBytes)
        connection.send("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n")
        return connection
    }

    @Test func `everything comes first, then what changes`() async throws {
        let fleet = Fleet([DashboardSample.fact("a"), DashboardSample.fact("b")])
        try await withServer(fleet) { server, _, _ in
            let stream = try open(server)
            let first = await stream.read(until: "\n\n")
            #expect(first.hasPrefix("HTTP/1.1 200 OK\r\n") && first.contains("Content-Type: text/event-stream\r\n"))
            #expect(first.contains("event: change\n") && first.contains(#""isWhole":true"#) && first.contains("web/b"))
            fleet.set([DashboardSample.fact("a"), DashboardSample.fact("b", state: .failing, error: "no")])
            let second = await stream.read(until: "\n\n")
            #expect(second.contains(#""isWhole":false"#) && second.contains("web/b") && !second.contains(#""web/a""#))
        }
    }

    @Test func `a stream goes on where it broke off`() async throws {
        let fleet = Fleet([DashboardSample.fact("a")])
        try await withServer(fleet) { server, _, _ in
            let whole = try await open(server, Dashboard.path, "Connection: close\r\n").read()
            let cursor = try #require(try DashboardDocument(Array(whole.drop { $0 != "{" }.utf8))).cursor
            fleet.set([DashboardSample.fact("a"), DashboardSample.fact("b")])
            for (target, fields) in [
                (Dashboard.eventsPath + "?since=" + cursor, ""), (Dashboard.eventsPath + "?since=old", "Last-Event-ID: \(cursor)\r\n"),
            ] {
                let event = try await open(server, target, fields).read(until: "\n\n")
                #expect(event.contains(#""isWhole":false"#) && event.contains("web/b") && !event.contains(#""web/a""#))
            }
        }
    }

    @Test func `there are only so many streams, and a place is free again when one ends`() async throws {
        try await withServer(Fleet([])) { server, dashboard, _ in
            let streams = try (0..<DashboardLimits.streamsMax).map { _ in try open(server) }
            for stream in streams { #expect(await stream.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200")) }
            let refused = try await open(server, Dashboard.eventsPath, "Connection: close\r\n").read()
            #expect(refused.hasPrefix("HTTP/1.1 503") && refused.contains("Retry-After: 60\r\n"))
            // HEAD opens none.
            let head = try RawConnection(port: server.address.port)
            head.send("HEAD \(Dashboard.path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            #expect(await head.read().hasPrefix("HTTP/1.1 200"))
            for stream in streams.suffix(2) { stream.end() }
            #expect(await eventually { await dashboard.streamCount == DashboardLimits.streamsMax - 2 })
        }
    }

    @Test func `a reader that does not read is dropped, and the others are not held up`() async throws {
        let fleet = Fleet([DashboardSample.fact("a")])
        try await withServer(fleet, eventTimeout: .milliseconds(300)) { server, dashboard, _ in
            let stalled = try open(server, receiveBufferBytes: 2048)
            let reading = try open(server)
            _ = await reading.read(until: "\n\n")
            #expect(await eventually { await dashboard.streamCount == 2 })
            let long = String(repeating: "x", count: DashboardLimits.textMax)
            for round in 1...30 where await dashboard.streamCount == 2 {
                fleet.set((0..<100).map { DashboardSample.fact("a\($0)", state: .failing, error: "\(round) \(long)") })
                #expect(await reading.read(until: "\n\n").contains("\(round) xxx"))
            }
            #expect(await dashboard.streamCount == 1)
            #expect(await stalled.read().hasPrefix("HTTP/1.1 200"))
            #expect(stalled.isClosed && !reading.isClosed)
        }
    }

    @Test func `what is too long for an event is fetched`() async throws {
        let long = String(repeating: "x", count: DashboardLimits.textMax)
        let fleet = Fleet((0..<200).map { DashboardSample.fact("a\($0)", error: long) })
        try await withServer(fleet) { server, _, _ in
            #expect(try await open(server).read(until: "\n\n").contains("event: reload\n"))
            let whole = try await open(server, Dashboard.path, "Connection: close\r\n").read()
            #expect(whole.utf8.count > DashboardLimits.eventBytesMax && whole.contains("web/a199"))
        }
    }

    @Test func `a stream ends with what let it in`() async throws {
        let access = try #require(AdminAccess(bearerToken: Array("0123456789abcdef".utf8)))
        let fleet = Fleet([DashboardSample.fact("a")])
        try await withServer(fleet, access: access, host: "0.0.0.0") { server, dashboard, credentials in
            let stream = try open(server, Dashboard.eventsPath, "Authorization: Bearer 0123456789abcdef\r\n")
            #expect(await stream.read(until: "\n\n").hasPrefix("HTTP/1.1 200"))
            credentials.adopt(try #require(AdminAccess(bearerToken: Array("fedcba9876543210".utf8))))
            fleet.set([DashboardSample.fact("b")])
            #expect(!(await stream.read()).contains("web/b"))
            #expect(stream.isClosed)
            #expect(await eventually { await dashboard.streamCount == 0 })
        }
    }

    @Test func `streams end with the process`() async throws {
        try await withServer(Fleet([])) { server, dashboard, _ in
            let stream = try open(server)
            _ = await stream.read(until: "\n\n")
            await dashboard.close()
            #expect(await stream.read().hasSuffix("0\r\n\r\n"))
            #expect(stream.isClosed)
            #expect(try await open(server, Dashboard.eventsPath, "Connection: close\r\n").read().hasPrefix("HTTP/1.1 503"))
        }
    }

    @Test func `nobody looks when nobody watches`() async {
        let fleet = Fleet([])
        let time = ManualTime()
        let dashboard = Dashboard(time: time) { fleet.input() }
        let running = Task { await dashboard.run() }
        #expect(await eventually { time.slept.count > 5 })
        #expect(fleet.lookCount == 0)
        running.cancel()
        await running.value
    }

    @Test func `who comes together waits for one look`() async throws {
        let fleet = Fleet([])
        try await withServer(fleet) { server, _, _ in
            let all = try (0..<5).map { _ in try open(server, Dashboard.path, "Connection: close\r\n") }
            for connection in all { #expect(await connection.read().contains("cursor")) }
            #expect(fleet.lookCount < 4)
        }
    }

    @Test func `a stream says something now and then`() async {
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self)
        let feed = DashboardFeed(signals: signals, cursor: nil, heartbeat: .zero) { _ in nil }
        continuation.yield()
        #expect(await feed.next() == Array(":\n\n".utf8))
        continuation.finish()
        #expect(await feed.next() == nil)
    }
}

@Suite("Admin API, bounds") struct AdminBoundsTests {
    private func withServer(_ body: (AdminServer) async throws -> Void) async throws {
        let server = try await AdminServer.start(on: ListenAddress(host: "127.0.0.1", port: 0)) { _ in .text(200, "here") }
        do { try await body(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test func `every answer says that it is nobody else's`() async throws {
        try await withServer { server in
            let connection = try RawConnection(port: server.address.port)
            connection.send("GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            let answer = await connection.read()
            for field in [
                "Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Referrer-Policy: same-origin",
                "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'", "Cross-Origin-Resource-Policy: same-origin",
                "X-Frame-Options: DENY",
            ] { #expect(answer.contains("\r\n\(field)\r\n"), "\(field)") }
        }
    }

    @Test func `the connection that is idle longest gives way, so that a probe gets through`() async throws {
        try await withServer { server in
            let idle = try (0..<AdminLimits.connectionsMax).map { _ in try RawConnection(port: server.address.port) }
            for connection in idle {
                connection.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(await connection.read(until: "here").hasPrefix("HTTP/1.1 200"))
            }
            #expect(!idle[0].isClosed)
            let probe = try RawConnection(port: server.address.port)
            probe.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await probe.read(until: "here").hasPrefix("HTTP/1.1 200"))
            #expect(await eventually { idle[0].isClosed })
            #expect(!idle[1].isClosed && !probe.isClosed)
        }
    }

    @Test func `a head has a length`() async throws {
        try await withServer { server in
            let connection = try RawConnection(port: server.address.port)
            connection.send("GET /x HTTP/1.1\r\nHost: localhost\r\nX: ")
            let piece = String(repeating: "x", count: 16 * 1024)
            for _ in 0..<16 { connection.send(piece) }
            let answer = await connection.read()
            #expect(!answer.contains("here"))
            #expect(connection.isClosed)
        }
    }
}
