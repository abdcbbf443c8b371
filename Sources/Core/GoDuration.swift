/// Durations as Go writes them and cert-manager's annotations carry them: `2160h`, `1h30m`, `24h0m0s`.
public enum GoDuration {
    /// Reads a positive duration of hours, minutes, seconds and milliseconds, each a decimal number with an optional fraction.
    ///
    /// - Returns: nil for anything else, signs included, and beyond a thousand years.
    public static func parse(_ text: some StringProtocol) -> Duration? {
        var rest = Substring(text)
        guard !rest.isEmpty, rest.utf8.count <= 64 else { return nil }
        var seconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
            guard let number = Double(digits), digits.first != ".", digits.last != "." else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { ("a"..."z").contains($0) }
            rest = rest.dropFirst(unit.count)
            switch unit {
            case "h": seconds += number * 3600
            case "m": seconds += number * 60
            case "s": seconds += number
            case "ms": seconds += number / 1000
            default: return nil
            }
        }
        guard seconds <= 1000 * 366 * 86_400 else { return nil }
        return .milliseconds(Int64(seconds * 1000))
    }
}
