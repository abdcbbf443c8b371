/// The deadlines of one event loop, coarse and cheap: arming is a store, and nothing is scheduled per request.
///
/// A slot of the wheel is one tick. An entry stays in its slot when its deadline moves back, which is what nearly always
/// happens; the slot finds that out when its turn comes and moves the entry on. Used on its loop only.
final class TimerWheel {
    /// Ticks since the loop began to count. It stands still while the wheel is empty.
    private(set) var now: UInt64 = 0
    private var slots: [[WheelEntry]] = Array(repeating: [], count: slotCount)
    private var entryCount = 0

    /// Whether anything has to be watched; an empty wheel need not turn.
    var isEmpty: Bool { entryCount == 0 }

    /// Sets the deadline of an entry to so many whole ticks from now, in place of the one it had.
    ///
    /// - Returns: whether the wheel was empty before, so that the caller starts to turn it.
    @inline(__always)
    func arm(_ entry: WheelEntry, after ticks: UInt64) -> Bool {
        // The current tick has already begun: one more makes sure that the time given is never cut short.
        let deadline = now &+ ticks &+ 1
        entry.deadline = deadline
        guard deadline < entry.slotTick else { return false }
        return link(entry, deadline)
    }

    /// Forgets an entry altogether; it may be armed again.
    func remove(_ entry: WheelEntry) {
        entry.deadline = .max
        guard entry.slotTick != .max else { return }
        unlink(entry)
    }

    /// Turns the wheel and calls `deadlinePassed` of all whose time has come; these are out of the wheel by then.
    func advance(by ticks: UInt64) {
        for _ in 0..<ticks {
            now &+= 1
            let slot = Int(now % UInt64(Self.slotCount))
            guard !slots[slot].isEmpty else { continue }
            // Walked backwards, since removal moves the last entry into the hole; a callback may remove any of them.
            var index = slots[slot].count - 1
            while index >= 0 {
                if index < slots[slot].count { visit(slots[slot][index]) }
                index -= 1
            }
        }
    }

    private func visit(_ entry: WheelEntry) {
        guard entry.slotTick <= now else { return }
        let deadline = entry.deadline
        unlink(entry)
        if deadline <= now {
            entry.deadline = .max
            entry.deadlinePassed()
        } else if deadline != .max {
            _ = link(entry, deadline)
        }
    }

    private func link(_ entry: WheelEntry, _ deadline: UInt64) -> Bool {
        if entry.slotTick != .max { unlink(entry) }
        let wasEmpty = entryCount == 0
        // Beyond the horizon it waits in the last slot and is moved on from there.
        let tick = min(deadline, now &+ UInt64(Self.slotCount - 1))
        let slot = Int(tick % UInt64(Self.slotCount))
        entry.slotTick = tick
        entry.slotIndex = slots[slot].count
        slots[slot].append(entry)
        entryCount += 1
        return wasEmpty
    }

    private func unlink(_ entry: WheelEntry) {
        let slot = Int(entry.slotTick % UInt64(Self.slotCount))
        let last = slots[slot].removeLast()
        if last !== entry {
            slots[slot][entry.slotIndex] = last
            last.slotIndex = entry.slotIndex
        }
        entry.slotTick = .max
        entry.slotIndex = -1
        entryCount -= 1
    }

    /// Slots of the wheel: with ticks of 100 ms the horizon is beyond the keep-alive time, so that most entries are linked once.
    private static let slotCount = 1024
}

/// Something with one deadline at a time. Subclasses say what happens then.
class WheelEntry {
    /// Tick at which the deadline has passed; `.max` for none.
    final fileprivate(set) var deadline: UInt64 = .max
    /// Tick of the slot that holds this entry, never later than the deadline; `.max` while it is in none.
    final fileprivate var slotTick: UInt64 = .max
    final fileprivate var slotIndex = -1

    /// Takes the deadline away. The entry may stay in its slot until that comes round.
    @inline(__always)
    final func disarm() { deadline = .max }

    /// Whether there is a deadline.
    final var isArmed: Bool { deadline != .max }

    /// Called once on the loop when the deadline has passed.
    func deadlinePassed() {}
}
