import Manifests
import Testing

@Suite("Mutated manifests") struct FuzzTests {
    /// SplitMix64: the same numbers on every machine.
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    static let seedText = """
        apiVersion: v1
        kind: List
        items:
        - &a {kind: Ingress, <<: {x: [1, 2.5, ~]}, "q\\u00e9": 'it''s'}
        - *a
        - ? key
          : |+
            block
          z: >-
            folded
              more
        ---
        {"json": ["\\ud83d\\ude00", -1.5e3, true, null, {"a": {}}]}
        --- !!map
        data: {k: aGk=, b: !!str yes}
        ...
        """

    @Test(arguments: [1, 2, 3, 4] as [UInt64]) func `never trap, and every node can be looked at`(seed: UInt64) {
        var random = Random(state: seed)
        let interesting = Array("\"'{}[]:,-?&*!|>%@`#\\\n\t \r<~".utf8) + [0, 0x80, 0xC3, 0xFF, 0xEF, 0xBB, 0xBF]
        for _ in 0..<400 {
            var bytes = Array(Self.seedText.utf8)
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[index] = interesting.randomElement(using: &random) ?? 0
                case 1: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: index)
                case 2: bytes.remove(at: index)
                case 3: bytes.removeSubrange(index..<min(bytes.count, index + 20))
                default:
                    bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 30)], at: Int.random(in: 0...index, using: &random))
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            for file in ["x.yaml", "x.json"] {
                for case .success(let root) in ManifestReader.documents(in: bytes, file: file) { look(root) }
            }
        }
    }

    private func look(_ node: Node) {
        _ = (node.text, node.path, node["kind"]?.text, node["<<"]?.kind, node.line)
        _ = try? (node.int(), node.bool(), node.string())
        for element in node.elements { look(element) }
        for entry in node.entries {
            _ = entry.key.text
            look(entry.value)
        }
    }
}
