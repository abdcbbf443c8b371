internal import Core
internal import KubernetesAPI
internal import KubernetesClient
internal import Manifests

/// A Secret or ConfigMap to be written, as text: what both have in common. Pure.
struct WrittenObject: Sendable {
    let key: ObjectKey
    let labels: [String: String]
    let annotations: [String: String]
    /// nil for a ConfigMap.
    let type: String?
    /// In base64 for a Secret.
    let data: [String: String]

    init(_ secret: Secret) {
        self.init(
            ObjectKey(kind: .secret, name: secret.metadata.id), secret.metadata, type: secret.type, data: Self.data(secret.value()))
    }

    init(_ configMap: ConfigMap) {
        self.init(ObjectKey(kind: .configMap, name: configMap.metadata.id), configMap.metadata, type: nil, data: configMap.data)
    }

    private init(_ key: ObjectKey, _ metadata: ObjectMeta, type: String?, data: [String: String]) {
        self.key = key
        self.type = type
        self.data = data
        labels = metadata.labels
        annotations = metadata.annotations
    }

    private static func data(_ manifest: ManifestValue) -> [String: String] {
        guard case .mapping(let fields) = manifest, case .mapping(let entries)? = fields.first(where: { $0.key == "data" })?.value else {
            return [:]
        }
        var data: [String: String] = [:]
        for entry in entries { if case .string(let text) = entry.value { data[entry.key] = text } }
        return data
    }
}

/// The same of the object that is stored now.
struct LiveObject: Sendable {
    let uid: String
    let version: String
    let labels: [String: String]
    let annotations: [String: String]
    let type: String?
    let data: [String: String]
    let owned: FieldOwnership

    /// Reads the API server's answer.
    init(from root: Node, manager: String = APIRequest.fieldManager) throws(ManifestError) {
        let metadata = try root.requiredMapping("metadata")
        uid = try metadata.requiredString("uid")
        version = try metadata.requiredString("resourceVersion")
        labels = try metadata.stringMap("labels")
        annotations = try metadata.stringMap("annotations")
        type = try root.string("type")
        data = try root.stringMap("data")
        owned = FieldOwnership(of: manager, in: root)
    }

    /// Whether we may write it: it is ours, or cert-manager wrote it for the Certificate that an Ingress stands for, which is named like
    /// the Secret.
    func isWritable(as key: ObjectKey) -> Bool {
        if OwnLabels.isOurs(labels) { return true }
        return key.kind == .secret && type == Secret.tlsType && annotations["cert-manager.io/certificate-name"] == key.name.name
    }
}

/// How an object is brought to where it shall be. Pure.
enum ObjectWrite {
    /// The document of a new object.
    static func creation(of object: WrittenObject) -> [UInt8] {
        document(object, precondition: [], labels: object.labels, annotations: object.annotations, data: texts(object.data))
    }

    /// A request that makes the stored object what is wanted, or fails with `conflict` when it has changed since it was read.
    ///
    /// Server-side apply, with force since the object is ours. What others put there and we leave as it is does not become ours: it
    /// is not in the document. An entry that has to go goes by not being applied, when we own it by apply alone. One that
    /// we created (which is no apply), or that another manager owns, would stay: then everything is done in one merge patch
    /// instead, which is as atomic.
    static func change(_ live: LiveObject, to object: WrittenObject) -> APIRequest {
        let precondition: [ManifestValue.Entry] = [.init("resourceVersion", .string(live.version)), .init("uid", .string(live.uid))]
        let goneData = Set(live.data.keys).subtracting(object.data.keys)
        let goneLabels = Set(live.labels.keys).subtracting(object.labels.keys)
        let goneAnnotations = Set(live.annotations.keys).subtracting(object.annotations.keys)
        let isApplied =
            goneData.isSubset(of: live.owned.data) && goneLabels.isSubset(of: live.owned.labels)
            && goneAnnotations.isSubset(of: live.owned.annotations)
        let (namespace, name) = (object.key.name.namespace, object.key.name.name)
        if !isApplied {
            let body = document(
                object, precondition: precondition, labels: object.labels, annotations: object.annotations, data: texts(object.data),
                gone: (goneLabels, goneAnnotations, goneData))
            return .mergePatch(object.key.kind.resource, namespace: namespace, name: name, body: body)
        }
        let body = document(
            object, precondition: precondition, labels: own(object.labels, live.labels, live.owned.labels),
            annotations: own(object.annotations, live.annotations, live.owned.annotations),
            data: texts(own(object.data, live.data, live.owned.data)))
        return .apply(object.key.kind.resource, namespace: namespace, name: name, body: body, force: true)
    }

    /// What is ours, becomes ours, or has to change.
    private static func own(_ wanted: [String: String], _ live: [String: String], _ owned: Set<String>) -> [String: String] {
        wanted.filter { owned.contains($0.key) || live[$0.key] != $0.value }
    }

    private static func texts(_ data: [String: String]) -> [ManifestValue.Entry] {
        data.keys.sorted().map { .init($0, .string(data[$0] ?? "")) }
    }

    private static func document(
        _ object: WrittenObject, precondition: [ManifestValue.Entry], labels: [String: String], annotations: [String: String],
        data: [ManifestValue.Entry], gone: (labels: Set<String>, annotations: Set<String>, data: Set<String>) = ([], [], [])
    ) -> [UInt8] {
        func entries(_ texts: [String: String], _ gone: Set<String>) -> ManifestValue {
            .mapping(Self.texts(texts) + gone.sorted().map { .init($0, .null) })
        }
        var metadata: [ManifestValue.Entry] = [
            .init("name", .string(object.key.name.name)), .init("namespace", .string(object.key.name.namespace)),
        ]
        metadata += precondition
        if !labels.isEmpty || !gone.labels.isEmpty { metadata.append(.init("labels", entries(labels, gone.labels))) }
        if !annotations.isEmpty || !gone.annotations.isEmpty {
            metadata.append(.init("annotations", entries(annotations, gone.annotations)))
        }
        var root: [ManifestValue.Entry] = [
            .init("apiVersion", .string(object.key.kind.apiVersion)), .init("kind", .string(object.key.kind.rawValue)),
            .init("metadata", .mapping(metadata)),
        ]
        if let type = object.type { root.append(.init("type", .string(type))) }
        root.append(.init("data", .mapping(data + gone.data.sorted().map { .init($0, .null) })))
        return ManifestWriter.json(.mapping(root))
    }
}
