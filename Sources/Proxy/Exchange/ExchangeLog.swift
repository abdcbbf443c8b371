internal import HTTP1
internal import NIOCore
internal import Routing

/// What the access log and traces want to know of an exchange while it goes on. Made only when there is a sink, or it is recorded.
final class ExchangeLog {
    private let method: String
    private let host: String
    private let path: String
    let isHTTP10: Bool
    let began = NIODeadline.now()
    private var responseBeganAt: NIODeadline?
    private var requestID = ""
    var upstream: String?
    var endpoint: UpstreamEndpoint?
    var responseBodyBytes: UInt64 = 0
    /// Of an answer of our own.
    var localBodyBytes = 0
    /// Nil when the exchange is not recorded.
    var trace: ExchangeTrace?
    /// What goes upstream in place of the fields about traces that came; nil to leave them.
    var traceEdits: FieldEdits?

    init(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        method = String(copying: bytes.extracting(head.methodRange))
        isHTTP10 = head.version == .http10
        host = String(copying: bytes.extracting(head.hostRange ?? 0..<0)).lowercased()
        var storage: [UInt8] = []
        let target = bytes.extracting(head.pathRange)
        path =
            switch CanonicalPath.form(of: target, into: &storage) {
            case .unchanged(let count): String(copying: target.extracting(0..<count))
            case .rewritten: String(copying: storage.span)
            case .refused: ""
            }
    }

    func requestID(_ head: borrowing RequestHead, _ bytes: RawSpan, _ seed: RequestIDSeed) {
        if let range = head.requestIDRange {
            requestID = String(decoding: range.map { bytes.byte(at: $0) }, as: UTF8.self)
        } else {
            requestID = Self.hex(seed.high) + Self.hex(seed.low)
        }
    }

    /// Whether the upstream answered.
    var hasResponse: Bool { responseBeganAt != nil }

    func responseBegan() {
        responseBeganAt = .now()
    }

    func record(of exchange: Exchange, isComplete: Bool) -> AccessRecord {
        AccessRecord(
            method: method, host: host, path: path, isTLS: exchange.downstream.isTLS,
            downstreamAddress: exchange.downstream.remoteAddress, status: exchange.status,
            requestBodyBytes: exchange.requestBodyBytes,
            responseBodyBytes: localBodyBytes > 0 ? UInt64(localBodyBytes) : responseBodyBytes,
            duration: Duration(NIODeadline.now() - began), upstreamDuration: responseBeganAt.map { Duration($0 - began) },
            upstream: upstream, endpoint: endpoint?.description, tries: exchange.tries, requestID: requestID,
            traceID: trace?.traceIDText, isComplete: isComplete)
    }

    /// A request that did not get as far as an exchange.
    static func notUnderstood(status: Int, bodyBytes: Int, on downstream: DownstreamConnection) -> AccessRecord {
        AccessRecord(
            method: "", host: "", path: "", isTLS: downstream.isTLS, downstreamAddress: downstream.remoteAddress, status: status,
            requestBodyBytes: 0, responseBodyBytes: UInt64(bodyBytes), duration: .zero, upstreamDuration: nil, upstream: nil, endpoint: nil,
            tries: 0, requestID: "", traceID: nil, isComplete: true)
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension RawSpan {
    fileprivate func byte(at offset: Int) -> UInt8 {
        // SAFETY: the offset is checked; every bit pattern is a UInt8.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
