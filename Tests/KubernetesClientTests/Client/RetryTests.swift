internal import FoundationEssentials
internal import Testing

@testable internal import KubernetesClient

@Suite("What is sent again, and when") struct RetryTests {
    func error(_ code: APIError.Code, status: Int? = 500, after: Duration? = nil) -> APIError {
        APIError(code: code, httpStatus: status, message: "", retryAfter: after, subject: "")
    }

    func pause(_ error: APIError, _ method: APIRequest.Method = .get, wasSent: Bool = true) -> Duration? {
        var schedule = RetrySchedule(APIRequest(method: method, path: "/"))
        return schedule.pause(after: error, wasSent: wasSent, jitter: 0)
    }

    @Test func `a server that names a time is believed, whatever the method`() {
        for method in [APIRequest.Method.get, .post, .put, .patch, .delete] {
            #expect(pause(error(.tooManyRequests, status: 429, after: .seconds(2)), method) == .seconds(2))
            #expect(pause(error(.serverError, status: 503, after: .seconds(2)), method) == .seconds(2))
        }
    }

    @Test func `a time that is too long is the caller's business`() {
        #expect(pause(error(.tooManyRequests, status: 429, after: Limits.retryAfterMax)) == Limits.retryAfterMax)
        #expect(pause(error(.tooManyRequests, status: 429, after: Limits.retryAfterMax + .seconds(1))) == nil)
    }

    @Test func `a server that failed is asked again only where that is harmless`() {
        #expect(pause(error(.serverError)) != nil)
        #expect(pause(error(.serverError), .post) == nil)
        #expect(pause(error(.serverError), .patch) == nil)
        #expect(pause(error(.tooManyRequests, status: 429), .post) != nil)
        #expect(pause(error(.timeout, status: 504)) == nil)
        #expect(pause(error(.timeout, status: 504, after: .seconds(1))) == .seconds(1))
    }

    @Test func `a broken connection is tried again for reading, and for writing only when nothing was sent`() {
        let lost = error(.unreachable, status: nil)
        #expect(pause(lost) != nil)
        #expect(pause(lost, .post) == nil)
        #expect(pause(lost, .post, wasSent: false) != nil)
    }

    @Test func `a refusal and the end of our own patience are final`() {
        let codes: [APIError.Code] = [
            .notFound, .alreadyExists, .conflict, .unauthorized, .forbidden, .invalid, .badRequest, .gone, .badResponse, .configuration,
            .cancelled, .closed,
        ]
        for code in codes { #expect(pause(error(code, after: .seconds(1))) == nil) }
        #expect(pause(error(.timeout, status: nil)) == nil)
    }

    @Test func `pauses grow, differ by chance, and end`() {
        var schedule = RetrySchedule(APIRequest(path: "/"))
        let pauses = (0..<Limits.attemptsMax).map { _ in schedule.pause(after: error(.serverError), wasSent: true, jitter: 0) }
        #expect(pauses == [.milliseconds(50), .milliseconds(200), .milliseconds(800), nil])
        var other = RetrySchedule(APIRequest(path: "/"))
        #expect(other.pause(after: error(.serverError), wasSent: true, jitter: 0.5) == .milliseconds(75))
        var once = RetrySchedule(APIRequest(path: "/", attemptsMax: 1))
        #expect(once.pause(after: error(.serverError), wasSent: true, jitter: 0) == nil)
    }

    @Test func `Retry-After is seconds or a date, RFC 9110 §10.2.3`() {
        let now = Date(timeIntervalSince1970: 1_780_315_200)  // Mon, 01 Jun 2026 12:00:00 GMT
        #expect(RetryAfter.parse("7", now: now) == .seconds(7))
        #expect(RetryAfter.parse("Mon, 01 Jun 2026 12:00:30 GMT", now: now) == .seconds(30))
        #expect(RetryAfter.parse("Mon, 01 Jun 2026 11:00:00 GMT", now: now) == .zero)
        #expect(RetryAfter.parse("99999999999", now: now) == .seconds(86_400))
        for text in [
            "", "-1", "soon", "1.5", "Mon, 01 Xyz 2026 12:00:30 GMT", "Mon, 01 Jun 2026 12:00:30", "Mon, 99 Jun 2026 12:00:30 GMT",
        ] {
            #expect(RetryAfter.parse(text, now: now) == nil, "\(text)")
        }
        #expect(RetryAfter.parse(nil, now: now) == nil)
    }
}
