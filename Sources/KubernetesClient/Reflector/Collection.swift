/// The objects of one kind that one list or watch is about.
public struct Collection: Hashable, Sendable, CustomStringConvertible {
    /// The kind.
    public let resource: APIResource
    /// nil for all namespaces.
    public let namespace: String?
    /// Such as `app.kubernetes.io/managed-by=certctl`; nil for all labels.
    public let labelSelector: String?
    /// Such as `metadata.name=web-tls`; nil for all fields.
    public let fieldSelector: String?

    /// Makes a collection.
    public init(_ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil) {
        self.resource = resource
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
    }

    /// `secrets in namespace shop with metadata.name=web-tls`.
    public var description: String {
        var text = "\(resource)"
        if let namespace { text += " in namespace \(namespace)" }
        let selectors = [fieldSelector, labelSelector].compactMap(\.self)
        if !selectors.isEmpty { text += " with " + selectors.joined(separator: ", ") }
        return text
    }

    func list(_ page: ReflectorMachine.Page) -> APIRequest {
        // Without a resource version: the newest, read consistently. Version 0 would be what the server's cache has, all at once and
        // possibly older than what is known already.
        .list(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, limit: page.limit,
            continueToken: page.continueToken)
    }

    func watch(from version: String, timeout: Duration) -> APIRequest {
        .watch(
            resource, namespace: namespace, labelSelector: labelSelector, fieldSelector: fieldSelector, resourceVersion: version,
            timeout: timeout)
    }
}
