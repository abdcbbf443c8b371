internal import Core
internal import FoundationEssentials
internal import TestKit
internal import Testing

@testable internal import KubernetesClient

@Suite("Pace of requests") struct TokenBucketTests {
    let start = Date(timeIntervalSince1970: 1_780_315_200)
    let limit = RateLimit(requestsPerSecond: 50, burst: 100)

    @Test func `the burst goes at once, and what comes after waits in line`() {
        var bucket = TokenBucket(limit, now: start)
        for _ in 0..<100 { #expect(bucket.take(now: start) == .zero) }
        #expect(bucket.take(now: start) == .milliseconds(20))
        #expect(bucket.take(now: start) == .milliseconds(40))
    }

    @Test func `a pause fills it up to the burst and no further`() {
        var bucket = TokenBucket(limit, now: start)
        for _ in 0..<100 { _ = bucket.take(now: start) }
        let later = start.addingTimeInterval(1)
        for _ in 0..<50 { #expect(bucket.take(now: later) == .zero) }
        #expect(bucket.take(now: later) > .zero)
        let muchLater = start.addingTimeInterval(86_400)
        for _ in 0..<100 { #expect(bucket.take(now: muchLater) == .zero) }
        #expect(bucket.take(now: muchLater) > .zero)
    }

    @Test func `a clock that is set back neither adds nor blocks`() {
        var bucket = TokenBucket(limit, now: start)
        for _ in 0..<100 { _ = bucket.take(now: start) }
        let earlier = start.addingTimeInterval(-3600)
        #expect(bucket.take(now: earlier) == .milliseconds(20))
        #expect(bucket.take(now: earlier.addingTimeInterval(1)) == .zero)
    }

    @Test func `whoever leaves the line makes room for those who come`() {
        var bucket = TokenBucket(limit, now: start)
        for _ in 0..<101 { _ = bucket.take(now: start) }
        bucket.giveBack()
        #expect(bucket.take(now: start) == .milliseconds(20))
    }

    @Test func `waiting ends with the task`() async throws {
        let time = ControlledTime(passing: .zero)
        let limiter = RateLimiter(RateLimit(requestsPerSecond: 1, burst: 1), time: time)
        try await limiter.wait()
        let waiter = Task { try await limiter.wait() }
        #expect(await eventually { time.sleeperCount == 1 })
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        let next = Task { try await limiter.wait() }
        #expect(await eventually { time.sleeperCount == 1 })
        time.advance(by: .seconds(1))
        try await next.value
    }

    @Test func `lease requests have a connection also when all others hang`() async throws {
        let server = try await FakeAPIServer()
        server.put(APIRequest.configMap("a"))
        server.script(.hang, at: .list, times: 40)
        let client = APIClient(server.configuration)
        let hanging = Task {
            await withTaskGroup { group in
                for _ in 0..<40 { group.addTask { _ = await client.failure(.list(.secrets)) } }
            }
        }
        #expect(await eventually { server.requests.count >= 16 })
        var urgent = APIRequest.getA
        urgent.isUnlimited = true
        urgent.timeout = .seconds(20)
        _ = try await client.send(urgent)
        #expect(server.requests(.list).count == 16)
        hanging.cancel()
        await hanging.value
    }

    @Test func `lease requests pass by`() async throws {
        let time = ControlledTime(passing: .zero)
        let server = try await FakeAPIServer()
        server.put(APIRequest.configMap("a"))
        let client = APIClient(server.configuration, time: time, limits: RateLimit(requestsPerSecond: 1, burst: 1))
        _ = try await client.send(.getA)
        let waiter = Task { try await client.send(.getA) }
        #expect(await eventually { time.sleeperCount == 1 })
        var urgent = APIRequest.getA
        urgent.isUnlimited = true
        _ = try await client.send(urgent)
        #expect(server.requests.count == 2)
        waiter.cancel()
        await #expect(throws: APIError.cancelled(.getA)) { try await waiter.value }
    }
}
