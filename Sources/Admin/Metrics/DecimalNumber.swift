/// Whole numbers that are longer than a machine word.
enum DecimalNumber {
    /// The digits of a number; `0` for no bytes.
    static func text(bigEndian bytes: [UInt8]) -> String {
        // Limbs of nine digits, the lowest first.
        var limbs: [UInt64] = []
        for byte in bytes {
            var carry = UInt64(byte)
            for index in limbs.indices {
                let value = limbs[index] * 256 + carry
                limbs[index] = value % base
                carry = value / base
            }
            if carry > 0 { limbs.append(carry) }
        }
        guard let first = limbs.last else { return "0" }
        return limbs.dropLast().reversed().reduce("\(first)") { text, limb in
            let digits = "\(limb)"
            return text + String(repeating: "0", count: baseDigits - digits.count) + digits
        }
    }

    private static var base: UInt64 { 1_000_000_000 }
    private static var baseDigits: Int { 9 }
}
