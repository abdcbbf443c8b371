internal import Manifests

extension Node {
    /// The value as JSON, for a program that is told a part of the kubeconfig.
    func json() -> [UInt8] {
        switch kind {
        case .null: return Array("null".utf8)
        case .bool: return Array((try? bool()) == true ? "true".utf8 : "false".utf8)
        case .int: return (try? int()).map { Array("\($0)".utf8) } ?? ManifestWriter.json(.string(text))
        case .float:
            guard let value = Double(text), value.isFinite else { return ManifestWriter.json(.string(text)) }
            return Array("\(value)".utf8)
        case .string: return ManifestWriter.json(.string(text))
        case .sequence: return Array("[".utf8) + elements.map { $0.json() }.joined(separator: ",".utf8) + Array("]".utf8)
        case .mapping:
            let members = entries.map { ManifestWriter.json(.string($0.key.text)) + Array(":".utf8) + $0.value.json() }
            return Array("{".utf8) + members.joined(separator: ",".utf8) + Array("}".utf8)
        }
    }
}
