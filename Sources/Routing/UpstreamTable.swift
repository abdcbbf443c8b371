/// The upstreams of a snapshot by id: two array accesses to read, and a change copies one chunk instead of everything.
struct UpstreamTable: Sendable {
    private static let chunkSize = 128
    private var chunks: [[Upstream?]] = []
    /// The number of upstreams.
    private(set) var count = 0

    subscript(id: Int) -> Upstream? {
        get {
            let chunk = id / UpstreamTable.chunkSize
            guard chunks.indices.contains(chunk) else { return nil }
            return chunks[chunk][id % UpstreamTable.chunkSize]
        }
        set {
            let chunk = id / UpstreamTable.chunkSize
            while chunks.count <= chunk { chunks.append(Array(repeating: nil, count: UpstreamTable.chunkSize)) }
            let old = chunks[chunk][id % UpstreamTable.chunkSize]
            count += (newValue == nil ? 0 : 1) - (old == nil ? 0 : 1)
            chunks[chunk][id % UpstreamTable.chunkSize] = newValue
        }
    }

    /// Every upstream, by id.
    var all: [Upstream] { chunks.flatMap { $0.compactMap(\.self) } }
}
