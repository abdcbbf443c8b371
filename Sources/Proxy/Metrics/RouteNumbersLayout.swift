internal import HTTP1
internal import Telemetry

/// A histogram of durations, by its place.
enum DurationHistogram: Int {
    /// From the request's head to the end of the exchange.
    case request
    /// From the request's head to the end of the upstream's response.
    case response
    /// From the request's head to the head of the upstream's response.
    case header
    /// Making a connection to an endpoint.
    case connect

    var start: Int { RouteNumbersLayout.durationsStart + rawValue * (RouteNumbersLayout.durationBuckets + 1) }
}

/// A histogram of bytes, by its place.
enum SizeHistogram: Int {
    /// Of the request, head and content.
    case request
    /// Of the response, as sent.
    case response

    var start: Int { RouteNumbersLayout.sizesStart + rawValue * (RouteNumbersLayout.sizeBuckets + 1) }
}

/// Where what lies in the block of numbers of a rule: pairs of a method with a status and how often they came, those that found no room,
/// then histograms, each with its sum at its end.
enum RouteNumbersLayout {
    /// Combinations of method and status that are told apart. Beyond: they are counted together. What makes sense is some ten of them; an
    /// upstream that answers with every number in turn must not fill anybody's memory.
    static var requestSeriesMax: Int { 32 }
    static var otherRequests: Int { 2 * requestSeriesMax }
    static var durationsStart: Int { otherRequests + 1 }
    static var durationBuckets: Int { 12 }
    static var sizesStart: Int { durationsStart + 4 * (durationBuckets + 1) }
    static var sizeBuckets: Int { 8 }
    static var count: Int { sizesStart + 2 * (sizeBuckets + 1) }

    /// Never zero, which marks a free pair.
    @inline(__always)
    static func key(_ method: Method, status: Int) -> UInt64 {
        UInt64(method.rawValue) << 32 | UInt64(truncatingIfNeeded: status) | 1 << 40
    }

    /// The method of a key, in the fixed set that labels have.
    static func method(of key: UInt64) -> String {
        switch Method(rawValue: UInt8(truncatingIfNeeded: key >> 32)) {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .delete: "DELETE"
        case .patch: "PATCH"
        case .options: "OPTIONS"
        case .trace: "TRACE"
        case .connect: "CONNECT"
        case .other, nil: "OTHER"
        }
    }

    /// The status of a key.
    static func status(of key: UInt64) -> Int { Int(key & 0xFFFF_FFFF) }

    /// The bucket of ``Histogram/requestSeconds``.
    static func bucket(ofDuration nanoseconds: UInt64) -> Int {
        switch nanoseconds {
        case ...5_000_000: 0
        case ...10_000_000: 1
        case ...25_000_000: 2
        case ...50_000_000: 3
        case ...100_000_000: 4
        case ...250_000_000: 5
        case ...500_000_000: 6
        case ...1_000_000_000: 7
        case ...2_500_000_000: 8
        case ...5_000_000_000: 9
        case ...10_000_000_000: 10
        default: 11
        }
    }

    /// The bucket of ``bytesBounds``.
    @inline(__always)
    static func bucket(ofBytes bytes: UInt64) -> Int {
        switch bytes {
        case ...10: 0
        case ...100: 1
        case ...1000: 2
        case ...10_000: 3
        case ...100_000: 4
        case ...1_000_000: 5
        case ...10_000_000: 6
        default: 7
        }
    }

    /// Bounds of sizes: powers of ten, as ingress-nginx's `bytes_sent` has them.
    static let bytesBounds: [Double] = [10, 100, 1000, 1e4, 1e5, 1e6, 1e7]
}
