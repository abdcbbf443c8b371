internal import Admin
internal import Manifests

/// `-o yaml`: the same value as `-o json`, written as YAML.
enum YAMLOutput {
    static func text(of value: some Encodable) throws -> String {
        let json = try AdminJSON.encoder().encode(value)
        guard let root = try ManifestReader.documents(in: Array(json), file: "status.json").first?.get() else { return "" }
        return String(decoding: ManifestWriter.yaml(root), as: UTF8.self)
    }
}
