public import Core
public import KubernetesAPI
public import Manifests

/// What is to stand in the status of one object: our fields of it, all of them.
public struct StatusWrite: Hashable, Sendable {
    /// Which object it is about.
    public struct Target: Hashable, Sendable {
        /// The kind.
        public let kind: ObjectKind
        /// The object.
        public let name: NamespacedName

        /// Makes a target.
        public init(kind: ObjectKind, name: NamespacedName) {
            self.kind = kind
            self.name = name
        }
    }

    /// Which object it is about.
    public let target: Target
    /// The object's uid, so that another object with the same name is not taken for it.
    public let uid: String?
    /// `metadata.resourceVersion` of the object that was looked at; tells whether a write has been seen. Not a condition.
    public let observedVersion: String?
    /// The fields.
    public let status: ManifestValue
    /// What is wanted, without what depends on the value that stands there, such as the time of a transition. While it stays the same
    /// and the status does not, somebody else writes it.
    public let wish: ManifestValue

    /// Makes a write; the wish is the status unless it is given.
    public init(_ kind: ObjectKind, _ metadata: ObjectMeta, status: ManifestValue, wish: ManifestValue? = nil) {
        target = Target(kind: kind, name: metadata.id)
        uid = metadata.uid
        observedVersion = metadata.resourceVersion
        self.status = status
        self.wish = wish ?? status
    }

    /// What server-side apply gets.
    var body: [UInt8] {
        var metadata: [ManifestValue.Entry] = [.init("name", .string(target.name.name))]
        if !target.name.namespace.isEmpty { metadata.append(.init("namespace", .string(target.name.namespace))) }
        if let uid { metadata.append(.init("uid", .string(uid))) }
        return ManifestWriter.json(
            .mapping([
                .init("apiVersion", .string(target.kind.apiVersion)), .init("kind", .string(target.kind.rawValue)),
                .init("metadata", .mapping(metadata)), .init("status", status),
            ]))
    }
}

extension APIClient {
    /// The field manager of all statuses that certctl writes; another one than that of what it owns as a whole.
    public static let statusFieldManager = "certctl-status"

    /// Puts our fields into the status of an object by server-side apply on its status subresource. Fields of ours that the write does
    /// not have are removed, those of others stay.
    ///
    /// - Throws: ``APIError`` with `notFound` when the object is gone, `invalid` or `conflict` when another has its name now.
    public func send(_ write: StatusWrite) async throws(APIError) {
        let namespace = write.target.name.namespace
        let request = APIRequest.apply(
            write.target.kind.resource, namespace: namespace.isEmpty ? nil : namespace, name: write.target.name.name, subresource: "status",
            body: write.body, fieldManager: APIClient.statusFieldManager, force: true)
        _ = try await send(request)
    }
}
