public import Core
public import Manifests

/// Which object of a collection is meant, and in which state.
public struct ReflectedIdentity: Hashable, Sendable {
    /// Namespace and name.
    public let name: NamespacedName
    /// `metadata.uid`; nil when the server gave none.
    public let uid: String?
    /// `metadata.resourceVersion`; of a deletion the version that it made. nil when the server gave none.
    public let resourceVersion: String?

    /// Makes an identity.
    public init(name: NamespacedName, uid: String? = nil, resourceVersion: String? = nil) {
        self.name = name
        self.uid = uid
        self.resourceVersion = resourceVersion
    }

    init?(from object: Node) {
        guard let metadata = object["metadata"], let name = try? metadata.requiredString("name") else { return nil }
        let namespace = (try? metadata.string("namespace")) ?? ""
        self.init(
            name: NamespacedName(namespace: namespace, name: name), uid: try? metadata.string("uid"),
            resourceVersion: try? metadata.string("resourceVersion"))
    }
}

/// What a reflector learned about one object.
public enum ReflectedChange<Object: Sendable>: Sendable {
    /// It is there, like this.
    case changed(Object)
    /// It is there, and the decoder does not want it.
    case unwanted(ReflectedIdentity)
    /// It is there, and the decoder cannot make sense of it.
    case refused(ReflectedIdentity, ManifestError)
    /// It is not there any more, or does not match the selectors any more.
    case deleted(ReflectedIdentity)
}

/// What a reflector has to say, in order.
public enum ReflectorEvent<Object: Sendable>: Sendable {
    /// A list begins, perhaps anew: forget which objects the last one had.
    case listing
    /// A page of the list; none is `deleted`. What is known stays until ``listed``.
    case page([ReflectedChange<Object>])
    /// The list is complete: what was in none of its pages is gone.
    case listed
    /// An event of the watch.
    case change(ReflectedChange<Object>)
    /// It fails for a reason that will not go away by itself, or for the second time in a row. nil: it works again.
    case trouble(APIError?)
}
