/// A keyed 64-bit hash of a host name that ignores the case of ASCII letters.
///
/// Folded multiplication with a random key per process: nobody who may write an Ingress can choose names that collide. Equal
/// hashes are still told apart by comparing names, so a collision costs time, never correctness.
package struct HostHash: Sendable {
    private let seed: UInt64
    private let multiplier: UInt64
    private let mask: UInt64

    /// A hash with a random key.
    package init() {
        self.init(seed: .random(in: 0...UInt64.max), multiplier: .random(in: 0...UInt64.max) | 1, mask: .max)
    }

    /// A hash with a given key; `mask` thins out the results so that a test sees collisions.
    init(seed: UInt64, multiplier: UInt64, mask: UInt64) {
        self.seed = seed
        self.multiplier = multiplier
        self.mask = mask
    }

    package func callAsFunction(_ name: Span<UInt8>) -> UInt64 {
        var state = seed
        var index = 0
        // Eight bytes at a time; the length goes in with the rest, at most seven.
        while index + 8 <= name.count {
            var word: UInt64 = 0
            for offset in 0..<8 { word = word << 8 | UInt64(HostHash.lowerCased(name[index + offset])) }
            state = fold(state ^ word)
            index += 8
        }
        var word = UInt64(truncatingIfNeeded: name.count)
        while index < name.count {
            word = word << 8 | UInt64(HostHash.lowerCased(name[index]))
            index += 1
        }
        state = fold(state ^ word)
        return fold(state) & mask
    }

    private func fold(_ value: UInt64) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: multiplier)
        return (high ^ low) &+ seed
    }

    /// Whether a name is the stored one, which is in lower case.
    package static func equal(_ name: Span<UInt8>, stored: Span<UInt8>) -> Bool {
        guard name.count == stored.count else { return false }
        for index in name.indices where lowerCased(name[index]) != stored[index] { return false }
        return true
    }

    private static func lowerCased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}
