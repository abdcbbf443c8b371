internal import Manifests

/// Which labels, annotations and data of an object a field manager owns, from `metadata.managedFields`. Pure.
struct FieldOwnership: Sendable, Hashable {
    var labels: Set<String> = []
    var annotations: Set<String> = []
    var data: Set<String> = []

    init() {}

    /// Reads what a manager owns by server-side apply, and by that alone: such a field goes when it is not applied again.
    init(of manager: String, in object: Node) {
        let entries = (try? object.mapping("metadata")?.mappings("managedFields")) ?? []
        for entry in entries {
            guard (try? entry.string("manager")) == manager, (try? entry.string("operation")) == "Apply",
                ((try? entry.string("subresource")) ?? "") == "", let fields = try? entry.mapping("fieldsV1")
            else { continue }
            let metadata = try? fields.mapping("f:metadata")
            labels.formUnion(Self.names(metadata, "f:labels"))
            annotations.formUnion(Self.names(metadata, "f:annotations"))
            data.formUnion(Self.names(fields, "f:data"))
        }
    }

    private static func names(_ fields: Node?, _ key: String) -> [String] {
        guard let fields = try? fields?.mapping(key) else { return [] }
        return fields.entries.compactMap { $0.key.text.hasPrefix("f:") ? String($0.key.text.dropFirst(2)) : nil }
    }
}
