/// The times of a structure that is read without libcrypto. RFC 5280 §4.1.2.5: to the second, in UTC, nothing left out.
enum DERTime {
    /// Seconds since 1970; nil when the element is no such time.
    static func seconds(_ bytes: Span<UInt8>, _ element: DERElement) -> Int64? {
        let content = element.content
        let yearDigits: Int
        switch element.tag {
        case 0x17: yearDigits = 2
        case 0x18: yearDigits = 4
        default: return nil
        }
        guard content.count == yearDigits + 11, bytes[content.upperBound - 1] == UInt8(ascii: "Z"),
            var year = number(bytes, content.lowerBound, yearDigits)
        else { return nil }
        // RFC 5280 §4.1.2.5.1.
        if yearDigits == 2 { year += year >= 50 ? 1900 : 2000 }
        var parts: [Int64] = []
        for offset in stride(from: yearDigits, to: yearDigits + 10, by: 2) {
            guard let part = number(bytes, content.lowerBound + offset, 2) else { return nil }
            parts.append(part)
        }
        guard (1...12).contains(parts[0]), (1...31).contains(parts[1]), parts[2] < 24, parts[3] < 60, parts[4] < 60 else { return nil }
        let days = CertificateTime.days(year: year, month: parts[0], day: parts[1])
        return days * 86_400 + parts[2] * 3600 + parts[3] * 60 + parts[4]
    }

    private static func number(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for index in start..<(start + count) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else { return nil }
            value = value * 10 + Int64(bytes[index] - UInt8(ascii: "0"))
        }
        return value
    }
}
