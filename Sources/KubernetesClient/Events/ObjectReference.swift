public import KubernetesAPI

/// The object that an event is about.
public struct ObjectReference: Hashable, Sendable {
    /// `apiVersion` of the object.
    public var apiVersion: String
    /// `kind` of the object.
    public var kind: String
    /// Its namespace; empty for a cluster-scoped object.
    public var namespace: String
    /// Its name.
    public var name: String
    /// Its uid, which ties the event to this very object; `kubectl describe` shows no event without it.
    public var uid: String?

    /// Makes a reference from its parts.
    public init(apiVersion: String, kind: String, namespace: String, name: String, uid: String? = nil) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
    }

    /// Refers to an object of a kind that certctl knows.
    public init(_ kind: ObjectKind, _ metadata: ObjectMeta) {
        self.init(
            apiVersion: kind.apiVersion, kind: kind.rawValue, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid)
    }
}
