import HTTPClient
import Synchronization
import Testing

@Suite("Streamed request bodies") struct UploadTests {
    let client: HTTPClient

    init() throws { client = try .direct(timeouts: HTTPTimeouts(connect: .seconds(5), total: .seconds(20), idle: .seconds(10))) }

    /// Chunks of a size, one after the other, as fast as they are taken; counts them.
    func chunks(_ count: Int, bytes: Int, produced: Counter = Counter()) -> AsyncStream<[UInt8]> {
        AsyncStream {
            guard produced.value < count else { return nil }
            produced.increment()
            return [UInt8](repeating: UInt8(ascii: "u"), count: bytes)
        }
    }

    @Test func `a body of known length is sent with it`() async throws {
        let upload = HTTPUpload(chunks(100, bytes: 10_000), length: 1_000_000)
        let response = try await client.send(
            HTTPRequest(method: "PUT", url: await Peers.url("/echo"), body: .stream(upload)), bodyBytesMax: 2_000_000)
        #expect(response.text.contains("Content-Length: 1000000\n"))
        #expect(response.body.count { $0 == UInt8(ascii: "u") } >= 1_000_000)
    }

    @Test func `a body of unknown length is sent in chunks, also an empty one`() async throws {
        let upload = HTTPUpload(chunks(100, bytes: 10_000))
        let response = try await client.send(
            HTTPRequest(method: "POST", url: await Peers.url("/echo"), body: .stream(upload)), bodyBytesMax: 2_000_000)
        #expect(response.text.hasPrefix("POST /echo\n"))
        #expect(response.text.contains("Transfer-Encoding: chunked\n"))
        #expect(response.body.count > 1_000_000)
        let empty = HTTPUpload(chunks(0, bytes: 0))
        let answer = try await client.send(
            HTTPRequest(method: "POST", url: await Peers.url("/echo"), body: .stream(empty)), bodyBytesMax: 1000)
        #expect(answer.text.hasSuffix("\n\n"))
    }

    @Test func `a producer that takes its time is waited for, beyond the idle time`() async throws {
        let produced = Counter()
        let slow = AsyncStream<[UInt8]> {
            guard produced.value < 2 else { return nil }
            produced.increment()
            try? await Task.sleep(for: .milliseconds(1200))
            return Array("slow ".utf8)
        }
        let request = HTTPRequest(
            method: "POST", url: try await Peers.calmURL("/echo"), body: .stream(HTTPUpload(slow)),
            timeouts: HTTPTimeouts(total: .seconds(20), idle: .seconds(1)))
        let response = try await client.send(request, bodyBytesMax: 1000)
        #expect(response.text.hasSuffix("slow slow "))
    }

    @Test func `a peer that does not read holds the producer back`() async throws {
        let produced = Counter()
        let limit = Duration.milliseconds(300)
        let upload = HTTPUpload(chunks(1_000_000, bytes: 10_000, produced: produced))
        let request = HTTPRequest(
            method: "PUT", url: try await Peers.url("/deaf"), body: .stream(upload),
            timeouts: HTTPTimeouts(total: .seconds(20), idle: limit))
        #expect(await client.failure(request)?.code == .idleTimedOut(limit))
        #expect(produced.value * 10_000 < 16_000_000)
        let after = produced.value
        // The production has ended with the transfer.
        #expect(await eventually { produced.value <= after + 1 })
    }

    @Test func `a producer that fails cuts the message and is quoted`() async throws {
        struct Broken: Error, CustomStringConvertible { let description = "disk\non fire" }
        let produced = Counter()
        let failing = AsyncThrowingStream<[UInt8], any Error> {
            guard produced.value < 3 else { throw Broken() }
            produced.increment()
            return [1, 2, 3]
        }
        let target = "/upload?t=\(unique())"
        let request = HTTPRequest(method: "PUT", url: try await Peers.url(target), body: .stream(HTTPUpload(failing)))
        let error = await client.failure(request)
        #expect(error?.code == .uploadFailed("disk on fire"))
        #expect(try await Peers.plain().hasPrinted("closed \(target)"))
    }

    @Test(arguments: [99, 101])
    func `a body of another length than declared fails`(length: Int) async throws {
        let request = HTTPRequest(
            method: "PUT", url: try await Peers.url("/upload"), body: .stream(HTTPUpload(chunks(10, bytes: 10), length: length)))
        #expect(await client.failure(request)?.code == .uploadFailed("produced 100 bytes, declared \(length)"))
    }

    @Test func `an answer before the end of the body ends the upload`() async throws {
        let produced = Counter()
        let upload = HTTPUpload(chunks(1_000_000, bytes: 10_000, produced: produced))
        let request = HTTPRequest(method: "PUT", url: try await Peers.url("/early"), body: .stream(upload))
        let response = try await client.send(request, bodyBytesMax: 1000)
        #expect(response.status == 413)
        #expect(produced.value < 1_000_000)
    }

    @Test func `cancelling ends the production and the connection`() async throws {
        let target = "/deaf?t=\(unique())"
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        let ended = Counter()
        continuation.onTermination = { _ in ended.increment() }
        continuation.yield([1])
        let request = HTTPRequest(method: "PUT", url: try await Peers.url(target), body: .stream(HTTPUpload(stream)))
        let task = Task { await client.failure(request) }
        #expect(try await Peers.plain().hasPrinted("request \(target)"))
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        #expect(await eventually { ended.value == 1 })
    }

    @Test func `a streamed upload can have a streamed answer`() async throws {
        let upload = HTTPUpload(chunks(50, bytes: 10_000))
        let stream = try await client.stream(HTTPRequest(method: "POST", url: await Peers.url("/echo"), body: .stream(upload)))
        #expect(try await stream.collect(bytesMax: 1_000_000).count > 500_000)
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func increment() { count.add(1, ordering: .relaxed) }
}
