/// Those who take turns: the first goes, and comes back last.
struct Ring<Element: Sendable>: Sendable {
    private var elements: [Element] = []
    private var start = 0
    /// Those that were put back in front, the last one first.
    private var front: [Element] = []

    var count: Int { front.count + elements.count - start }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func prepend(_ element: Element) { front.append(element) }

    mutating func removeFirst() -> Element? {
        if let first = front.popLast() { return first }
        guard start < elements.count else { return nil }
        defer {
            start += 1
            // What was taken is given back now and then, so that each costs the same in the long run.
            if start > 32, start > elements.count / 2 {
                elements.removeFirst(start)
                start = 0
            }
        }
        return elements[start]
    }
}
