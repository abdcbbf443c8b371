internal import Core
public import FoundationEssentials
internal import KubernetesAPI
internal import Manifests

/// Decides which of the statuses that are not as wanted are written now. Pure: time comes in.
///
/// A write is not repeated before the watch had time to show it. Where somebody else keeps writing another value, it gives up after
/// ``rewritesMax`` rewrites within ``fightWindow``, until something else is wanted: two controllers that correct each other would go on
/// for ever, and no value would stay.
public struct StatusPacer: Sendable {
    /// What to do about one status.
    public enum Decision: Hashable, Sendable {
        /// Write it.
        case write
        /// Look again later.
        case wait(until: Date)
        /// Leave it to the other writer; whether that is decided just now.
        case giveUp(isNew: Bool)
    }

    /// Rewrites within ``fightWindow`` after which the other writer has won.
    public static let rewritesMax = 3
    /// See ``rewritesMax``.
    public static let fightWindow = Duration.seconds(300)
    /// How long a write may take to come back with the watch.
    static let echoTime = Duration.seconds(30)
    /// The first pause after a failed write; it doubles up to ``pauseMax``.
    static let pauseMin = Duration.seconds(1)
    /// See ``pauseMin``.
    static let pauseMax = Duration.seconds(300)

    private struct Entry {
        var wish: ManifestValue
        var observedVersion: String?
        var writes: [Date] = []
        var isWriting = false
        var hasGivenUp = false
        var pause = Duration.zero
        var notBefore = Date.distantPast
    }

    private var entries: [StatusWrite.Target: Entry] = [:]

    /// Makes a pacer that has written nothing.
    public init() {}

    /// The objects whose status is left to somebody else, as `Kind namespace/name`, sorted.
    public var givenUp: [String] {
        entries.filter(\.value.hasGivenUp).keys.map { "\($0.kind.rawValue) \($0.name)" }.sorted()
    }

    /// Decides about a status that is not as wanted. After ``Decision/write`` the caller writes and tells how it ended.
    public mutating func decide(_ write: StatusWrite, now: Date) -> Decision {
        var entry = entries[write.target] ?? Entry(wish: write.wish)
        if entry.wish != write.wish, !entry.isWriting { entry = Entry(wish: write.wish) }
        defer { entries[write.target] = entry }
        if entry.isWriting { return .wait(until: now.addingTimeInterval(StatusPacer.pauseMin.seconds)) }
        if entry.hasGivenUp { return .giveUp(isNew: false) }
        if entry.notBefore > now { return .wait(until: entry.notBefore) }
        if let last = entry.writes.last, entry.observedVersion == write.observedVersion {
            let echo = last.addingTimeInterval(StatusPacer.echoTime.seconds)
            if echo > now, last <= now { return .wait(until: echo) }
        }
        entry.writes.removeAll { $0.addingTimeInterval(StatusPacer.fightWindow.seconds) <= now || $0 > now }
        // The first write takes over what somebody left there; only those after it are answers to somebody.
        guard entry.writes.count <= StatusPacer.rewritesMax else {
            entry.hasGivenUp = true
            return .giveUp(isNew: true)
        }
        entry.isWriting = true
        entry.observedVersion = write.observedVersion
        return .write
    }

    /// Notes that a write succeeded.
    public mutating func succeeded(_ target: StatusWrite.Target, now: Date) {
        entries[target]?.isWriting = false
        entries[target]?.writes.append(now)
        entries[target]?.pause = .zero
        entries[target]?.notBefore = .distantPast
    }

    /// Notes that a write failed.
    ///
    /// - Returns: when to look again.
    @discardableResult
    public mutating func failed(_ target: StatusWrite.Target, retryAfter: Duration?, now: Date) -> Date {
        guard var entry = entries[target] else { return now }
        entry.isWriting = false
        entry.pause = entry.pause == .zero ? StatusPacer.pauseMin : min(entry.pause * 2, StatusPacer.pauseMax)
        entry.notBefore = now.addingTimeInterval(max(entry.pause, retryAfter ?? .zero).seconds)
        entries[target] = entry
        return entry.notBefore
    }

    /// Forgets statuses that nobody wants any more, and those that are as wanted and were not written lately.
    ///
    /// - Parameter wanted: The targets that are not as wanted.
    public mutating func retain(_ wanted: Set<StatusWrite.Target>, now: Date) {
        entries = entries.filter { target, entry in
            if wanted.contains(target) || entry.isWriting { return true }
            return !entry.hasGivenUp && entry.writes.contains { $0.addingTimeInterval(StatusPacer.fightWindow.seconds) > now }
        }
    }
}
