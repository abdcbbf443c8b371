/// The order of resource versions of one kind of objects.
///
/// Kubernetes guarantees from 1.35 on that they are whole decimal numbers which grow (KEP-5504). Every kube-apiserver before it used
/// etcd's revisions, which are the same thing. What does not look like one is not compared: then only equality says anything.
public enum ResourceVersion {
    /// Digits of the largest number that is compared: 128 bits. KEP-5504.
    static let digitsMax = 39

    /// Whether `left` is older than `right`; nil when that cannot be told.
    public static func isOlder(_ left: String, than right: String) -> Bool? {
        guard isComparable(left), isComparable(right) else { return left == right ? false : nil }
        // Without leading zeros the longer number is the larger one.
        if left.utf8.count != right.utf8.count { return left.utf8.count < right.utf8.count }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    private static func isComparable(_ version: String) -> Bool {
        let digits = version.utf8
        guard (1...digitsMax).contains(digits.count), digits.first != UInt8(ascii: "0") || digits.count == 1 else { return false }
        return digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
