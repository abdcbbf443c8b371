import Core
import KubernetesAPI
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import Proxy

@Suite("Hot reload") struct ReloadTests {
    /// Counts what clients see while a test changes the world.
    private final class Tally: Sendable {
        private let state = Mutex((good: 0, failures: [String]()))
        let isOver = Atomic<Bool>(false)

        var good: Int { state.withLock(\.good) }
        var failures: [String] { state.withLock(\.failures) }
        func succeed() { state.withLock { $0.good += 1 } }
        func fail(_ what: String) { state.withLock { $0.failures.append(what) } }
    }

    @Test func `routes and endpoints change under load without a failed request`() async throws {
        let backends = try (0..<3).map { try Backend.named("b\($0)") }
        try await withWorld(threads: 2, Make.site(ports: backends.map(\.port))) { world in
            let tally = Tally()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<6 {
                    tasks.addTask {
                        try await Threads.run {
                            while !tally.isOver.load(ordering: .relaxed) {
                                let client = try world.connect()
                                for index in 0..<(number + 1) * 5 {
                                    let method = index % 2 == 0 ? "GET" : "POST"
                                    let answer = try client.exchange("\(method) / HTTP/1.1\r\nHost: app.test\r\nContent-Length: 0\r\n\r\n")
                                    if answer.status == 200 { tally.succeed() } else { tally.fail("\(method) \(answer.start)") }
                                }
                            }
                        }
                    }
                }
                for round in 0..<40 {
                    let some = backends.enumerated().filter { $0.offset != round % 3 }.map(\.element.port)
                    world.put(Make.slice("s-app-test", ports: round % 4 == 3 ? backends.map(\.port) : some + [some[0]]))
                    world.put(Make.site("other\(round).test", ports: [backends[0].port]))
                    try await Task.sleep(for: .milliseconds(15))
                }
                tally.isOver.store(true, ordering: .relaxed)
                try await tasks.waitForAll()
            }
            #expect(tally.failures == [])
            #expect(tally.good > 50)
        }
    }

    @Test func `a certificate changes under load: the next handshake has it, and nothing fails`() async throws {
        let backend = try Backend.named("x")
        let secrets = try (0..<6).map { _ in try Make.secret("app", ["app.test"]) }
        let serials = try secrets.map { try Self.leaf($0) }
        try await withWorld(threads: 2, Make.site(ports: [backend.port], tls: "app") + [secrets[0]]) { world in
            let tally = Tally()
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                // Connections that live through all the changes.
                for _ in 0..<4 {
                    tasks.addTask {
                        let client = try await TLSClient.connect(world.https, on: group)
                        while !tally.isOver.load(ordering: .relaxed) {
                            let status = try await client.exchange("GET / HTTP/1.1\r\nHost: app.test\r\n\r\n")
                            if status == 200 { tally.succeed() } else { tally.fail("\(status)") }
                        }
                        try await client.close()
                    }
                }
                // Connections that come and go.
                for _ in 0..<4 {
                    tasks.addTask {
                        while !tally.isOver.load(ordering: .relaxed) {
                            let client = try await TLSClient.connect(world.https, on: group)
                            let status = try await client.exchange("GET / HTTP/1.1\r\nHost: app.test\r\nConnection: close\r\n\r\n")
                            if status == 200 { tally.succeed() } else { tally.fail("\(status)") }
                            try await client.close()
                        }
                    }
                }
                for index in 1..<secrets.count {
                    world.put([secrets[index]])
                    // Comes back from each loop after the change has been there; no time is measured, since the machine is shared.
                    _ = await world.server.counters()
                    for _ in 0..<4 {
                        let presented = try await TLSClient.certificate(world.https, on: group)
                        #expect(presented == serials[index])
                    }
                    try await Task.sleep(for: .milliseconds(40))
                }
                tally.isOver.store(true, ordering: .relaxed)
                try await tasks.waitForAll()
            }
            #expect(tally.failures == [])
            #expect(tally.good > 20)
            try await group.shutdownGracefully()
        }
    }

    @Test func `a bad certificate never takes the place of a good one`() async throws {
        let backend = try Backend.named("x")
        let good = try Make.secret("app", ["app.test"])
        try await withWorld(Make.site(ports: [backend.port], tls: "app") + [good]) { world in
            let expected = try Self.leaf(good)
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            guard case .secret(var broken) = good else { return }
            broken.data["tls.key"] = Array("nonsense".utf8)
            world.put([.secret(broken)])
            #expect(try await TLSClient.certificate(world.https, on: group) == expected)
            try await group.shutdownGracefully()
        }
    }

    @Test func `contexts of certificates that are gone are let go of`() async throws {
        let backend = try Backend.named("x")
        let secrets = try (0..<4).map { _ in try Make.secret("app", ["app.test"]) }
        try await withWorld(Make.site(ports: [backend.port], tls: "app") + [secrets[0]]) { world in
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            for secret in secrets {
                world.put([secret])
                _ = try await TLSClient.certificate(world.https, on: group)
            }
            world.put(Make.site("other.test", ports: [backend.port]))
            world.put(Make.site("more.test", ports: [backend.port]))
            #expect(await eventually { world.server.contextCount <= 2 })
            try await group.shutdownGracefully()
        }
    }

    private static func leaf(_ object: KubernetesObject) throws -> [UInt8] {
        guard case .secret(let secret) = object, let pem = secret.data["tls.crt"] else { return [] }
        return try NIOSSLCertificate.fromPEMBytes(pem)[0].toDERBytes()
    }
}
