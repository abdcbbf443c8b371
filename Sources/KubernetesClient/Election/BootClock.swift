internal import Glibc

/// Time since the machine was started, which goes on while it, or this process, is suspended.
///
/// `CLOCK_MONOTONIC` stands still in a suspended machine: a leader that woke up would believe that it still leads.
public enum BootClock {
    /// `CLOCK_BOOTTIME`.
    public static func now() -> Duration {
        var time = timespec()
        // It cannot fail: the clock exists on every Linux since 2.6.39, and the address is ours.
        _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}
