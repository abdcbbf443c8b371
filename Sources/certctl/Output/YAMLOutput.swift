internal import Admin
internal import FoundationEssentials
internal import Manifests

/// `-o yaml`: the same value as `-o json`, written as YAML.
enum YAMLOutput {
    static func text(of value: some Encodable) throws -> String {
        let json = try AdminJSON.encoder().encode(value)
        guard let root = try ManifestReader.documents(in: Array(json), file: "status.json").first?.get() else { return "" }
        return String(decoding: ManifestWriter.yaml(tree(of: root)), as: UTF8.self)
    }

    private static func tree(of node: Node) -> ManifestValue {
        switch node.kind {
        case .null: .null
        case .bool: .bool((try? node.bool()) ?? false)
        case .int: (try? node.int()).map { .int($0) } ?? .string(node.text)
        case .float: Double(node.text).map { .double($0) } ?? .string(node.text)
        case .string: .string(node.text)
        case .sequence: .sequence(node.elements.map(tree))
        case .mapping: .mapping(node.entries.map { .init($0.key.text, tree(of: $0.value)) })
        }
    }
}
