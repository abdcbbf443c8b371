import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Testing

@testable import Telemetry

@Suite("Repetition in the log")
struct LogLimiterTests {
    private let length = Duration.seconds(10)

    private func limiter(_ linesMax: Int = 3) -> LogLimiter { LogLimiter(linesMax: linesMax, length: length) }

    @Test func `the first lines of a window go through, and the rest is counted`() {
        var limiter = limiter()
        for _ in 0..<3 { #expect(limiter.judge("store", "m", .info, now: .zero).isAdmitted) }
        #expect(!limiter.judge("store", "m", .info, now: .seconds(1)).isAdmitted)
        #expect(!limiter.judge("store", "m", .error, now: .seconds(9)).isAdmitted)
        // Others are not concerned.
        #expect(limiter.judge("store", "n", .info, now: .seconds(9)).isAdmitted)
        #expect(limiter.judge("acme", "m", .info, now: .seconds(9)).isAdmitted)
        #expect(limiter.nextEnd == .seconds(10))
        #expect(limiter.ended(now: .seconds(9)).isEmpty)
        let over = limiter.ended(now: .seconds(10))
        #expect(over == [.init(key: .init(subsystem: "store", message: "m"), level: .error, count: 2)])
        #expect(limiter.ended(now: .seconds(30)).isEmpty)
        #expect(limiter.messageCount == 0)
    }

    @Test func `the first line of the next window says what was left out before it`() {
        var limiter = limiter(1)
        _ = limiter.judge("store", "m", .info, now: .zero)
        _ = limiter.judge("store", "m", .info, now: .seconds(1))
        let verdict = limiter.judge("store", "m", .info, now: .seconds(11))
        #expect(verdict.isAdmitted)
        #expect(verdict.before?.count == 1)
        #expect(limiter.judge("store", "m", .info, now: .seconds(12)) == .init(isAdmitted: false, before: nil))
    }

    @Test func `messages that are ever new cost no more memory than the table has`() {
        var limiter = limiter()
        for number in 0..<(LogLimits.messagesMax * 3) { _ = limiter.judge("store", "message \(number)", .info, now: .seconds(1)) }
        #expect(limiter.messageCount <= LogLimits.messagesMax + 1)
        // They count as one from there on, so they are limited too.
        #expect(!limiter.judge("store", "yet another", .info, now: .seconds(1)).isAdmitted)
        let over = limiter.ended(now: .seconds(60))
        #expect(over.map(\.key) == [.init(subsystem: "store", message: nil)])
        // And they are told apart again when there is room.
        #expect(limiter.judge("store", "yet another", .info, now: .seconds(60)).isAdmitted)
    }

    @Test func `long messages with the same beginning are one`() {
        var limiter = limiter(1)
        let long = String(repeating: "x", count: LogLimits.messageBytesMax)
        _ = limiter.judge("store", long + "1", .info, now: .zero)
        #expect(!limiter.judge("store", long + "2", .info, now: .zero).isAdmitted)
    }
}

@Suite("Writing the log")
struct LogOutputTests {
    /// A pipe, of which a test reads as much as it likes.
    private final class Pipe: Sendable {
        let reader: Int32
        let writer: Int32

        init() {
            var ends: [Int32] = [0, 0]
            let status = unsafe ends.withUnsafeMutableBufferPointer { unsafe pipe($0.baseAddress) }
            precondition(status == 0)
            (reader, writer) = (ends[0], ends[1])
        }

        deinit {
            close(reader)
            close(writer)
        }

        /// What is there, up to a text or the end of time.
        func read(upTo text: String) -> String {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while !String(decoding: bytes, as: UTF8.self).contains(text) {
                var ready = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
                guard unsafe poll(&ready, 1, 10_000) == 1 else { break }
                let count = unsafe Glibc.read(reader, &buffer, buffer.count)
                guard count > 0 else { break }
                bytes += buffer[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private func output(to pipe: Pipe, _ clock: @escaping @Sendable () -> Duration, bytesMax: Int = 1 << 20) -> LogOutput {
        LogOutput(
            format: .json, levels: LogLevels(), limiter: LogLimiter(linesMax: 2, length: .seconds(10)), clock: clock,
            writer: LineWriter(descriptor: pipe.writer, name: "test", bytesMax: bytesMax) { "dropped \($0)" })
    }

    @Test func `a line that repeats is written so many times, and then counted, by the clock that it is given`() {
        let pipe = Pipe()
        let now = Mutex(Duration.zero)
        let output = output(to: pipe) { now.withLock { $0 } }
        let logger = output.logger("store")
        for number in 0..<5 { logger.warning("again", metadata: ["count": .stringConvertible(number)]) }
        logger.warning("other")
        now.withLock { $0 = .seconds(10) }
        output.reportSuppressed()
        logger.warning("end")
        let text = pipe.read(upTo: "end")
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.count == 5)
        #expect(lines[0].contains(#""count":0"#) && lines[1].contains(#""count":1"#) && lines[2].contains("other"))
        #expect(lines[3].contains(#""message":"again","suppressed":3}"#))
        #expect(output.suppressedTotal == 3)
    }

    @Test func `details that somebody asked for are not left out`() throws {
        let pipe = Pipe()
        let output = output(to: pipe) { .zero }
        output.levels.apply(try LogLevelSetting("store=trace"))
        let logger = output.logger("store")
        for _ in 0..<20 { logger.debug("step") }
        logger.trace("end")
        #expect(pipe.read(upTo: "end").split(separator: "\n").count == 21)
    }

    @Test func `a reader that does not read delays nobody, and hears what it has missed`() {
        let pipe = Pipe()
        let output = output(to: pipe, { .zero }, bytesMax: 10_000)
        output.levels.apply(LogLevelSetting(base: .debug))
        let logger = output.logger("store")
        let filler = String(repeating: "x", count: 100)
        let began = ContinuousClock.now
        // A pipe holds 64 KiB, the writer 10,000 bytes more.
        for _ in 0..<5000 { logger.debug("\(filler)") }
        #expect(began.duration(to: .now) < .seconds(5))
        #expect(output.droppedTotal > 0)
        var text = pipe.read(upTo: "dropped ")
        logger.debug("end")
        text += pipe.read(upTo: "end")
        // Each line came whole or is counted in a notice.
        let lines = text.split(separator: "\n")
        let notices = lines.compactMap { $0.hasPrefix("dropped ") ? Int($0.dropFirst(8)) : nil }
        #expect(notices.reduce(0, +) == Int(output.droppedTotal))
        #expect(lines.count { $0.hasPrefix("{") && $0.hasSuffix("}") } == lines.count - notices.count)
        #expect(lines.count - notices.count + Int(output.droppedTotal) == 5001)
    }

    @Test func `a reader that is gone delays nobody either`() {
        signal(SIGPIPE, SIG_IGN)
        let (reader, writer) = {
            var ends: [Int32] = [0, 0]
            _ = unsafe ends.withUnsafeMutableBufferPointer { unsafe pipe($0.baseAddress) }
            return (ends[0], ends[1])
        }()
        close(reader)
        let lines = LineWriter(descriptor: writer, name: "test", bytesMax: 1000) { "dropped \($0)" }
        lines.write("x")
        #expect(lines.flush(within: .seconds(10)))
        #expect(lines.droppedTotal == 1)
        close(writer)
    }

    @Test func `the end of the program does not wait for ever`() {
        let pipe = Pipe()
        let lines = LineWriter(descriptor: pipe.writer, name: "test", bytesMax: 1 << 20) { "dropped \($0)" }
        lines.write(String(repeating: "x", count: 200_000))
        #expect(!lines.flush(within: .milliseconds(50)))
        #expect(pipe.read(upTo: "\n").utf8.count == 200_001)
        #expect(lines.flush(within: .seconds(10)))
    }
}
