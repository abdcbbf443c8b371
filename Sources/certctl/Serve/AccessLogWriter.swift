internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Proxy
internal import Synchronization
internal import Telemetry

/// Writes a line for each exchange to standard output, on a queue of its own: a reader that is slow or gone costs lines, never a request.
final class AccessLogWriter: Sendable {
    private let queue = DispatchQueue(label: "certctl.access-log")
    private let format: LogFormat
    private let waiting = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)

    /// Lines that wait to be written. Beyond it a line is dropped, and the next line that is written says how many were. About 4 MiB.
    static let waitingMax = 16_384

    init(format: LogFormat) {
        self.format = format
    }

    /// Takes a record; never blocks.
    func write(_ record: AccessRecord) {
        guard waiting.wrappingAdd(1, ordering: .relaxed).newValue <= AccessLogWriter.waitingMax else {
            waiting.wrappingSubtract(1, ordering: .relaxed)
            dropped.wrappingAdd(1, ordering: .relaxed)
            return
        }
        let at = Date()
        queue.async { [self] in
            let lost = dropped.exchange(0, ordering: .relaxed)
            var line = format == .json ? json(record, at) : text(record, at)
            if lost > 0 { line += "\n" + dropNotice(lost, at) }
            put(line + "\n")
            waiting.wrappingSubtract(1, ordering: .relaxed)
        }
    }

    /// Waits a little until what came before is written, at the end of the program.
    func flush() {
        let isDone = DispatchSemaphore(value: 0)
        queue.async { isDone.signal() }
        _ = isDone.wait(timeout: .now() + 1)
    }

    private func dropNotice(_ count: Int, _ at: Date) -> String {
        switch format {
        case .text: "# \(count) lines were dropped: the reader of the access log is too slow"
        case .json: "{\"dropped\":\(count),\"time\":\"\(at.rfc3339)\"}"
        }
    }

    private func put(_ line: String) {
        var bytes = ArraySlice(line.utf8)
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(count, 0))
        }
    }

    private func text(_ record: AccessRecord, _ at: Date) -> String {
        let scheme = record.isTLS ? "https" : "http"
        return Terminal.harmless(
            "\(at.rfc3339) \(record.downstreamAddress) \(record.method) \(scheme)://\(record.host)\(record.path) \(record.status) "
                + "\(record.responseBodyBytes)B \(milliseconds(record.duration))ms "
                + "upstream=\(record.upstream ?? "-") endpoint=\(record.endpoint ?? "-") tries=\(record.tries) id=\(record.requestID)"
                + (record.traceID.map { " trace=\($0)" } ?? "") + (record.isComplete ? "" : " cut"))
    }

    private struct Line: Encodable {
        let time, downstream, method, scheme, host, path, id: String
        let status, tries: Int
        let requestBytes, responseBytes: UInt64
        let milliseconds: Double
        let upstreamMilliseconds: Double?
        let upstream, endpoint, trace: String?
        let complete: Bool
    }

    private func json(_ record: AccessRecord, _ at: Date) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
            time: at.rfc3339, downstream: record.downstreamAddress, method: record.method, scheme: record.isTLS ? "https" : "http",
            host: record.host, path: record.path, id: record.requestID, status: record.status, tries: record.tries,
            requestBytes: record.requestBodyBytes, responseBytes: record.responseBodyBytes, milliseconds: milliseconds(record.duration),
            upstreamMilliseconds: record.upstreamDuration.map(milliseconds), upstream: record.upstream, endpoint: record.endpoint,
            trace: record.traceID, complete: record.isComplete)
        guard let bytes = try? encoder.encode(line) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func milliseconds(_ duration: Duration) -> Double {
        (duration / .microseconds(1) / 10).rounded() / 100
    }
}
