/// The elements of a snapshot by number: two array accesses to read, and a change copies one chunk instead of everything.
struct NumberedTable<Element: Sendable>: Sendable {
    private static var chunkSize: Int { 128 }
    private var chunks: [[Element?]] = []
    /// The number of elements.
    private(set) var count = 0

    subscript(id: Int) -> Element? {
        get {
            let chunk = id / Self.chunkSize
            guard chunks.indices.contains(chunk) else { return nil }
            return chunks[chunk][id % Self.chunkSize]
        }
        set {
            let chunk = id / Self.chunkSize
            while chunks.count <= chunk { chunks.append(Array(repeating: nil, count: Self.chunkSize)) }
            let old = chunks[chunk][id % Self.chunkSize]
            count += (newValue == nil ? 0 : 1) - (old == nil ? 0 : 1)
            chunks[chunk][id % Self.chunkSize] = newValue
        }
    }

    /// Every element, by number.
    var all: [Element] { chunks.flatMap { $0.compactMap(\.self) } }
}
