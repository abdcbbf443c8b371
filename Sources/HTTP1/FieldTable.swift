/// One field line of a head, as offsets from the first byte of the message.
public struct Field: Hashable, Sendable {
    /// Which name it is.
    public let name: FieldName
    /// The name as it was sent.
    public let nameRange: Range<Int>
    /// The value without whitespace around it; may be empty.
    public let valueRange: Range<Int>
}

/// The field lines of a head in the order in which they came. Storage is reused from message to message.
public struct FieldTable: ~Copyable, Sendable {
    /// Offsets fit 16 bits because ``Limits/headBytesMax`` does.
    struct Slot {
        let nameStart: UInt16
        let nameEnd: UInt16
        let valueStart: UInt16
        let valueEnd: UInt16
        let name: FieldName
    }

    private(set) var slots: [Slot] = []
    private var present = FieldNameSet()
    private var repeated = FieldNameSet()

    /// The number of field lines, 0...``Limits/fieldCountMax``.
    public var count: Int { slots.count }

    /// The field line at an index below ``count``.
    public subscript(index: Int) -> Field {
        let slot = slots[index]
        return Field(
            name: slot.name, nameRange: Int(slot.nameStart)..<Int(slot.nameEnd), valueRange: Int(slot.valueStart)..<Int(slot.valueEnd))
    }

    /// Whether a well-known name occurs.
    @inline(__always)
    public func contains(_ name: FieldName) -> Bool { present.contains(name) }

    /// Whether a well-known name occurs more than once.
    @inline(__always)
    public func repeats(_ name: FieldName) -> Bool { repeated.contains(name) }

    /// The value of the first field of a well-known name. Not for ``FieldName/other``.
    public func value(of name: FieldName) -> Range<Int>? {
        guard present.contains(name), let slot = slots.first(where: { $0.name == name }) else { return nil }
        return Int(slot.valueStart)..<Int(slot.valueEnd)
    }

    /// The value of the first field of a name that is given in lower case, well-known or not.
    ///
    /// - Parameter bytes: those that were parsed.
    public func value(named name: [UInt8], in bytes: RawSpan) -> Range<Int>? {
        for slot in slots where bytes.matches(Int(slot.nameStart)..<Int(slot.nameEnd), name) {
            return Int(slot.valueStart)..<Int(slot.valueEnd)
        }
        return nil
    }

    mutating func removeAll() {
        slots.removeAll(keepingCapacity: true)
        present = []
        repeated = []
    }

    @inline(__always)
    mutating func append(_ name: FieldName, nameRange: Range<Int>, valueRange: Range<Int>) {
        if present.contains(name) { repeated.insert(name) } else { present.insert(name) }
        slots.append(
            Slot(
                nameStart: UInt16(truncatingIfNeeded: nameRange.lowerBound), nameEnd: UInt16(truncatingIfNeeded: nameRange.upperBound),
                valueStart: UInt16(truncatingIfNeeded: valueRange.lowerBound), valueEnd: UInt16(truncatingIfNeeded: valueRange.upperBound),
                name: name))
    }
}
