internal import Synchronization

/// The body of a streamed request on its way from its producer to the engine's thread. Bounded: the producer is suspended when it is full.
final class UploadPipe: Sendable {
    /// What the engine finds to send.
    enum Next {
        case bytes(Int)
        case end
        /// Nothing yet; the engine is told when there is.
        case wait
        case failed(String)
    }

    fileprivate enum End {
        case complete
        case failed(String)
        /// The transfer is over, whoever ended it.
        case closed
    }

    fileprivate struct State {
        var chunks: [ArraySlice<UInt8>] = []
        var bufferedBytes = 0
        var producedBytes = 0
        var isReaderWaiting = false
        var end: End?
        var producer: CheckedContinuation<Void, Never>?
        var pump: Task<Void, Never>?
    }

    private let upload: HTTPUpload
    private let state = Mutex(State())

    /// The declared length, or nil.
    var length: Int? { upload.length }

    init(_ upload: HTTPUpload) { self.upload = upload }

    /// Starts to pull from the producer in a task of its own, which ``close()`` cancels.
    ///
    /// - Parameter onBytes: called when the engine waits for bytes, the end or a failure, and there is one.
    func start(onBytes: @escaping @Sendable () -> Void) {
        let pump = Task {
            let end: End
            do {
                try await self.upload.forEachChunk { chunk in try await self.write(chunk, onBytes: onBytes) }
                end = .complete
            } catch {
                end = .failed(UploadPipe.words(for: error))
            }
            if self.finish(end) { onBytes() }
        }
        let isClosed = state.withLock { state in
            if case .closed = state.end { return true }
            state.pump = pump
            return false
        }
        if isClosed { pump.cancel() }
    }

    /// Copies bytes for the network. Engine's thread.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Next {
        let (next, producer) = state.withLock { state -> (Next, CheckedContinuation<Void, Never>?) in
            if case .failed(let words) = state.end { return (.failed(words), nil) }
            let count = unsafe state.copyOut(to: buffer)
            if count > 0 {
                let hasRoom = state.bufferedBytes <= Limits.uploadBufferBytesMax / 2
                return (.bytes(count), hasRoom ? state.producer.take() : nil)
            }
            if state.end != nil { return (.end, nil) }
            state.isReaderWaiting = true
            return (.wait, nil)
        }
        producer?.resume()
        return next
    }

    /// Ends the production, because the transfer is over. Any thread.
    func close() {
        let (producer, pump) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Task<Void, Never>?) in
            state.end = .closed
            state.chunks = []
            return (state.producer.take(), state.pump.take())
        }
        producer?.resume()
        pump?.cancel()
    }

    private func write(_ chunk: [UInt8], onBytes: @Sendable () -> Void) async throws {
        guard !chunk.isEmpty else { return }
        let isReaderWaiting = try state.withLock { state throws -> Bool in
            guard state.end == nil else { throw CancellationError() }
            state.producedBytes += chunk.count
            if let length, state.producedBytes > length { throw LengthProblem(produced: state.producedBytes, declared: length) }
            state.chunks.append(chunk[...])
            state.bufferedBytes += chunk.count
            return state.isReaderWaiting.exchange(with: false)
        }
        if isReaderWaiting { onBytes() }
        await withCheckedContinuation { continuation in
            let isFull = state.withLock { state in
                guard state.end == nil, state.bufferedBytes >= Limits.uploadBufferBytesMax else { return false }
                state.producer = continuation
                return true
            }
            if !isFull { continuation.resume() }
        }
    }

    /// - Returns: whether the engine waits.
    private func finish(_ end: End) -> Bool {
        state.withLock { state in
            guard state.end == nil else { return false }
            state.end = end
            if case .complete = end, let length, state.producedBytes != length {
                state.end = .failed(LengthProblem(produced: state.producedBytes, declared: length).description)
            }
            return state.isReaderWaiting.exchange(with: false)
        }
    }

    private static func words(for error: any Error) -> String {
        "\(error)".printable
    }

    private struct LengthProblem: Error, CustomStringConvertible {
        let produced: Int
        let declared: Int
        var description: String { "produced \(produced) bytes, declared \(declared)" }
    }
}

extension UploadPipe.State {
    /// Moves as many bytes as fit from the front.
    fileprivate mutating func copyOut(to buffer: UnsafeMutableRawBufferPointer) -> Int {
        var copied = 0
        var used = 0
        while used < chunks.count, copied < buffer.count {
            let part = chunks[used].prefix(buffer.count - copied)
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[copied...]).copyBytes(from: part)
            copied += part.count
            chunks[used] = chunks[used].dropFirst(part.count)
            if chunks[used].isEmpty { used += 1 }
        }
        chunks.removeFirst(used)
        bufferedBytes -= copied
        return copied
    }
}

extension Bool {
    /// Sets a flag and returns what it was.
    fileprivate mutating func exchange(with value: Bool) -> Bool {
        defer { self = value }
        return self
    }
}
