package import Core
internal import FoundationEssentials
package import KubernetesAPI

/// An Ingress's place in the queue: of two that claim the same thing, the lower rank wins. Oldest first, then by name; one
/// without a creation time (in a folder none has one) stands behind those that have one.
package struct IngressRank: Hashable, Comparable, Sendable {
    /// The Ingress.
    package let name: NamespacedName
    /// Seconds since the reference date.
    private let creation: Double

    package init(_ ingress: Ingress) {
        name = ingress.metadata.id
        creation = ingress.metadata.creationTimestamp?.timeIntervalSinceReferenceDate ?? .infinity
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.creation != right.creation ? left.creation < right.creation : left.name < right.name
    }

    /// Where to insert it into ranks in order, by binary search: one host may have thousands of Ingresses.
    package func position<Ranks: RandomAccessCollection>(in ranks: Ranks) -> Ranks.Index where Ranks.Element == IngressRank {
        var low = ranks.startIndex
        var count = ranks.count
        while count > 0 {
            let middle = ranks.index(low, offsetBy: count / 2)
            if self < ranks[middle] {
                count /= 2
            } else {
                low = ranks.index(after: middle)
                count -= count / 2 + 1
            }
        }
        return low
    }
}
