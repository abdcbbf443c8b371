/// What all `Connection` fields of a head say together. RFC 9110 §7.6.1.
struct ConnectionOptions {
    private(set) var close = false
    private(set) var keepAlive = false
    private(set) var upgrade = false
    /// Whether options occur that are names of fields to remove, other than those that are removed anyway.
    private(set) var namesFields = false

    init(_ bytes: RawSpan, _ fields: borrowing FieldTable) throws(MessageFault) {
        guard fields.contains(.connection) else { return }
        var count = 0
        for slot in fields.slots where slot.name == .connection {
            var list = ListElements(Int(slot.valueStart)..<Int(slot.valueEnd))
            while let option = list.next(bytes) {
                count &+= 1
                guard count <= Limits.connectionOptionsMax else { throw .connectionOptionsTooMany }
                take(bytes, option)
            }
        }
    }

    private mutating func take(_ bytes: RawSpan, _ option: Range<Int>) {
        if bytes.matches(option, "keep-alive") {
            keepAlive = true
        } else if bytes.matches(option, "close") {
            close = true
        } else if bytes.matches(option, "upgrade") {
            upgrade = true
        } else if !bytes.matches(option, "te") {
            namesFields = true
        }
    }
}

/// The elements of a comma-separated list without whitespace around them; empty ones are skipped. RFC 9110 §5.6.1.
struct ListElements {
    private var rest: Range<Int>

    init(_ range: Range<Int>) { rest = range }

    mutating func next(_ bytes: RawSpan) -> Range<Int>? {
        while !rest.isEmpty {
            var end = rest.lowerBound
            while end < rest.upperBound, bytes.byte(end) != ASCII.comma { end &+= 1 }
            let element = bytes.trimmed(from: rest.lowerBound, to: end)
            rest = min(end &+ 1, rest.upperBound)..<rest.upperBound
            if !element.isEmpty { return element }
        }
        return nil
    }
}

extension FieldTable {
    /// Whether a `Connection` field names this field, so that it ends here. Well-known names have fixed rules of their own and cannot be
    /// named away: `Connection: X-Forwarded-For` must not take from a backend what it decides by (CVE-2021-32813 in Traefik).
    borrowing func isNamedByConnection(_ slot: Slot, _ bytes: RawSpan) -> Bool {
        guard slot.name == .other else { return false }
        let name = Int(slot.nameStart)..<Int(slot.nameEnd)
        for other in slots where other.name == .connection {
            var list = ListElements(Int(other.valueStart)..<Int(other.valueEnd))
            while let option = list.next(bytes) {
                if bytes.matches(option, name) { return true }
            }
        }
        return false
    }
}
