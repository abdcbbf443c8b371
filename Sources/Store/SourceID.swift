/// A file that objects come from. Smaller sources win when two define the same object: the user's folder before the state
/// folder, then by path, byte by byte.
struct SourceID: Hashable, Comparable, Sendable {
    enum Origin: UInt8, Hashable, Sendable {
        case manifests, state
    }

    let origin: Origin
    /// Relative to the folder.
    let path: String

    static func < (left: Self, right: Self) -> Bool {
        if left.origin != right.origin { return left.origin.rawValue < right.origin.rawValue }
        return left.path.utf8.lexicographicallyPrecedes(right.path.utf8)
    }

    /// How problems call the file.
    var shown: String { origin == .manifests ? path : "state/" + path }
}
