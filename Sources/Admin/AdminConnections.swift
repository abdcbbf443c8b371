internal import NIOCore
internal import Synchronization

/// The connections of the admin API, of which there are only so many.
final class AdminConnections: Sendable {
    private struct Entry {
        let channel: any Channel
        /// Since when nothing is being answered; nil while something is.
        var idleSince: NIODeadline?
    }

    private struct Streams {
        var running: [ObjectIdentifier: (channel: any Channel, task: Task<Void, Never>)] = [:]
        var isOver = false
    }

    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])
    private let streams = Mutex(Streams())
    private let countMax: Int

    init(max countMax: Int) { self.countMax = countMax }

    /// Takes in a new connection; the one that has been idle longest gives way where there are too many, and the new one where none is idle.
    func add(_ channel: any Channel) {
        let surplus: (any Channel)? = entries.withLock { entries in
            entries[ObjectIdentifier(channel)] = Entry(channel: channel, idleSince: .now())
            guard entries.count > countMax else { return nil }
            let idle = entries.filter { $0.key != ObjectIdentifier(channel) && $0.value.idleSince != nil }
            let longest = idle.min { ($0.value.idleSince ?? .distantFuture) < ($1.value.idleSince ?? .distantFuture) }
            return entries.removeValue(forKey: longest?.key ?? ObjectIdentifier(channel))?.channel
        }
        surplus?.close(promise: nil)
        channel.closeFuture.whenComplete { [weak self] _ in
            self?.entries.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
        }
    }

    /// Begins to send events on a connection.
    func stream(on channel: any Channel, _ body: @escaping @Sendable () async -> Void) {
        let key = ObjectIdentifier(channel)
        streams.withLock { streams in
            let task = Task { [weak self] in
                await body()
                self?.streams.withLock { _ = $0.running.removeValue(forKey: key) }
            }
            streams.running[key] = (channel, task)
            if streams.isOver { task.cancel() }
        }
        channel.closeFuture.whenComplete { [weak self] _ in self?.streams.withLock { $0.running[key]?.task.cancel() } }
    }

    /// Ends all streams, and waits for that: afterwards nothing is sent any more.
    func endStreams() async {
        let running = streams.withLock { streams in
            streams.isOver = true
            return Array(streams.running.values)
        }
        for stream in running { stream.task.cancel() }
        let closing = Task {
            guard (try? await Task.sleep(for: AdminConnections.endTime)) != nil else { return }
            for stream in running { stream.channel.close(promise: nil) }
        }
        for stream in running { await stream.task.value }
        closing.cancel()
    }

    /// How long a reader has for the end of its stream.
    private static let endTime = Duration.seconds(1)

    /// Notes whether a request of a connection is being answered.
    func set(_ channel: any Channel, isAnswering: Bool) {
        entries.withLock { $0[ObjectIdentifier(channel)]?.idleSince = isAnswering ? nil : .now() }
    }
}
