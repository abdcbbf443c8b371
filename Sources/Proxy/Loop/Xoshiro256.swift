/// Numbers for request IDs: unique and unpredictable enough to tell requests apart, not for secrets. xoshiro256++ by Blackman and
/// Vigna, public domain; the system's generator would cost a system call per request.
struct Xoshiro256: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

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
        state = (split(), split(), split(), split())
    }

    mutating func next() -> UInt64 {
        let result = Self.rotate(state.0 &+ state.3, 23) &+ state.0
        let shifted = state.1 &<< 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Self.rotate(state.3, 45)
        return result
    }

    private static func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { (value &<< count) | (value &>> (64 &- count)) }
}
