internal import HTTP1

/// Numbers for request IDs: unique and unpredictable enough to tell requests apart, not for secrets. xoshiro256++ by Blackman and
/// Vigna, public domain; the system's generator would cost a system call per request.
final class RequestIDs: RandomNumberGenerator {
    private var state0: UInt64
    private var state1: UInt64
    private var state2: UInt64
    private var state3: UInt64

    /// Spreads a seed over the state with SplitMix64, as its authors advise.
    init(seed: UInt64) {
        var seed = seed
        func split() -> UInt64 {
            seed &+= 0x9E37_79B9_7F4A_7C15
            var value = seed
            value = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value &>> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value &>> 31)
        }
        (state0, state1, state2, state3) = (split(), split(), split(), split())
    }

    /// The next number.
    func next() -> UInt64 {
        let result = Self.rotate(state0 &+ state3, 23) &+ state0
        let shifted = state1 &<< 17
        state2 ^= state0
        state3 ^= state1
        state1 ^= state2
        state0 ^= state3
        state2 ^= shifted
        state3 = Self.rotate(state3, 45)
        return result
    }

    /// Bits for one request.
    func nextSeed() -> RequestIDSeed { RequestIDSeed(high: next(), low: next()) }

    @inline(__always)
    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { (value &<< count) | (value &>> (64 &- count)) }
}
