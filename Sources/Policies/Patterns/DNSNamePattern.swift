public import Core

/// A set of DNS names, as a policy writes it.
///
/// - `www.a.example`: this name and no other.
/// - `*` as a whole label stands for exactly one label, whatever it is: `*.a.example` has `x.a.example`, neither `a.example` nor
///   `y.x.a.example`.
/// - One `*` within a label stands for one or more characters of that label: `pr-*.a.example` has `pr-7.a.example`. It has no
///   internationalised label (`xn--...`): what a star would stand for there is not what anybody reads.
/// - `**` as the first label stands for one or more labels: `**.a.example` has `x.a.example` and `y.x.a.example`, not `a.example`. `**`
///   alone has every name.
///
/// Names are compared as A-labels in lower case without a trailing dot (``Core/DNSName``), and patterns are brought into that form when they
/// are read, so that there is one way to write a name, and letters that only look alike are different.
public struct DNSNamePattern: Hashable, Sendable, CustomStringConvertible {
    private enum Label: Hashable, Sendable {
        case exactly(String)
        case any
        case surrounded(prefix: String, suffix: String)
    }

    /// From the left, without a leading `**`.
    private let labels: [Label]
    private let isDeep: Bool
    /// The normalised text.
    public let description: String

    /// Reads a pattern.
    ///
    /// - Throws: ``PatternError`` with what was refused and why.
    public init(parsing text: String) throws(PatternError) {
        guard text.utf8.count <= PolicyLimits.patternBytesMax else { throw PatternError(text, "longer than any name") }
        var texts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        if texts.count > 1, texts.last == "" { texts.removeLast() }
        isDeep = texts.first == "**"
        if isDeep { texts.removeFirst() }
        var labels: [Label] = []
        var normalised: [String] = []
        for label in texts {
            let (label, text) = try Self.label(label, of: text)
            labels.append(label)
            normalised.append(text)
        }
        self.labels = labels
        description = ((isDeep ? ["**"] : []) + normalised).joined(separator: ".")
        // As a whole it has to be able to be a name: its length, and a last label that is no number.
        if let last = normalised.last, last != "*" {
            let sample = normalised.map { $0.replacing("*", with: "a") }.joined(separator: ".")
            do throws(DNSNameError) { _ = try DNSName(parsing: sample) } catch { throw PatternError(text, "\(error.reason)") }
        }
    }

    private static func label(_ label: String, of pattern: String) throws(PatternError) -> (Label, String) {
        let stars = label.utf8.count { $0 == UInt8(ascii: "*") }
        guard stars > 0 else {
            let name: DNSName
            // The second label lets a number or `xn--` stand as a label of its own.
            do throws(DNSNameError) { name = try DNSName(parsing: label + ".a") } catch {
                throw PatternError(pattern, "label \"\(label.prefix(63))\": \(error.reason)")
            }
            let ascii = String(name.ascii.dropLast(2))
            guard !ascii.contains(".") else {
                throw PatternError(pattern, "label \"\(label.prefix(63))\" has a character that is read as a dot")
            }
            return (.exactly(ascii), ascii)
        }
        if label == "*" { return (.any, label) }
        guard stars == 1 else {
            throw PatternError(pattern, label == "**" ? "** is not the first label" : "a label has more than one *")
        }
        let lowered = label.lowercased()
        let parts = lowered.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        let isPlain = lowered.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "*"): true
            default: false
            }
        }
        guard isPlain, !lowered.hasPrefix("xn--"), !lowered.hasPrefix("-"), !lowered.hasSuffix("-"), lowered.utf8.count <= 63 else {
            throw PatternError(pattern, "label \"\(label.prefix(63))\" may have letters, digits and hyphens of ASCII beside its *")
        }
        return (.surrounded(prefix: parts[0], suffix: parts[1]), lowered)
    }

    /// Whether the set has a name; of a wildcard name, all names that it stands for.
    func contains(_ name: SplitName) -> Bool { matches(name, wildcard: { $0 == .any }) }

    /// Whether the set has a name; of a wildcard name, any of the names that it stands for.
    func overlaps(_ name: SplitName) -> Bool { matches(name, wildcard: { _ in true }) }

    /// Whether the set has a name; of a wildcard name, all names that it stands for.
    public func contains(_ name: DNSName) -> Bool { contains(SplitName(name)) }

    /// Whether the set has a name; of a wildcard name, any of the names that it stands for.
    public func overlaps(_ name: DNSName) -> Bool { overlaps(SplitName(name)) }

    private func matches(_ name: SplitName, wildcard: (Label) -> Bool) -> Bool {
        let surplus = name.labels.count - labels.count
        guard isDeep ? surplus >= 1 : surplus == 0 else { return false }
        // From the right, where names differ first.
        for index in labels.indices.reversed() {
            let label = name.labels[index + surplus]
            if label == "*" {
                if !wildcard(labels[index]) { return false }
            } else if !Self.has(labels[index], label) {
                return false
            }
        }
        return true
    }

    private static func has(_ pattern: Label, _ label: Substring) -> Bool {
        switch pattern {
        case .exactly(let text): return text == label
        case .any: return true
        case .surrounded(let prefix, let suffix):
            guard label.utf8.count > prefix.utf8.count + suffix.utf8.count, label.hasPrefix(prefix), label.hasSuffix(suffix) else {
                return false
            }
            return !label.hasPrefix("xn--")
        }
    }

    /// By the text.
    public static func == (left: Self, right: Self) -> Bool { left.description == right.description }

    /// By the text.
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// A name with its labels apart, so that many patterns can look at it.
struct SplitName: Hashable, Sendable {
    let name: DNSName
    let labels: [Substring]

    init(_ name: DNSName) {
        self.name = name
        labels = name.ascii.split(separator: ".", omittingEmptySubsequences: false)
    }
}
