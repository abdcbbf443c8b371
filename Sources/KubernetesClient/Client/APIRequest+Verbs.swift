internal import Manifests

extension APIRequest {
    /// Reads one object.
    public static func get(_ resource: APIResource, namespace: String? = nil, name: String, subresource: String? = nil) -> APIRequest {
        APIRequest(
            path: resource.path(namespace: namespace, name: name, subresource: subresource),
            subject: subject("get", resource, namespace, name, subresource))
    }

    /// Reads what a group version offers; 404 when it is not installed.
    public static func discovery(_ resource: APIResource) -> APIRequest {
        APIRequest(path: resource.groupPath, subject: "discover \(resource.apiVersion)")
    }

    /// Reads a page of a collection.
    ///
    /// - Parameters:
    ///   - namespace: nil for all.
    ///   - limit: objects per page; nil for all at once.
    ///   - continueToken: from `metadata.continue` of the page before.
    ///   - resourceVersion: `0` for what the server's cache has, nil for the newest.
    public static func list(
        _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        limit: Int? = nil, continueToken: String? = nil, resourceVersion: String? = nil
    ) -> APIRequest {
        var request = APIRequest(
            path: resource.path(namespace: namespace), subject: subject("list", resource, namespace, nil, nil))
        request.add("labelSelector", labelSelector)
        request.add("fieldSelector", fieldSelector)
        request.add("limit", limit.map(String.init))
        request.add("continue", continueToken)
        request.add("resourceVersion", resourceVersion)
        return request
    }

    /// Follows a collection with bookmarks; for ``APIClient/watch(_:)``.
    ///
    /// - Parameter timeout: when the server ends the watch by itself.
    public static func watch(
        _ resource: APIResource, namespace: String? = nil, labelSelector: String? = nil, fieldSelector: String? = nil,
        resourceVersion: String?, timeout: Duration
    ) -> APIRequest {
        var request = APIRequest(
            path: resource.path(namespace: namespace), subject: subject("watch", resource, namespace, nil, nil))
        request.add("watch", "true")
        request.add("allowWatchBookmarks", "true")
        request.add("labelSelector", labelSelector)
        request.add("fieldSelector", fieldSelector)
        request.add("resourceVersion", resourceVersion)
        request.add("timeoutSeconds", String(max(1, timeout.components.seconds)))
        return request
    }

    /// Makes an object; `.alreadyExists` when there is one.
    public static func create(_ resource: APIResource, namespace: String? = nil, name: String, body: [UInt8]) -> APIRequest {
        var request = APIRequest(
            method: .post, path: resource.path(namespace: namespace), body: body,
            subject: subject("create", resource, namespace, name, nil))
        request.add("fieldManager", fieldManager)
        return request
    }

    /// Replaces an object; `.conflict` when `metadata.resourceVersion` in the body is not the current one.
    public static func update(
        _ resource: APIResource, namespace: String? = nil, name: String, subresource: String? = nil, body: [UInt8]
    ) -> APIRequest {
        var request = APIRequest(
            method: .put, path: resource.path(namespace: namespace, name: name, subresource: subresource), body: body,
            subject: subject("update", resource, namespace, name, subresource))
        request.add("fieldManager", fieldManager)
        return request
    }

    /// Applies fields (server-side apply): creates the object, or makes these fields ours and takes back those that we once had.
    ///
    /// - Parameters:
    ///   - body: apiVersion, kind, metadata.name and the fields; `metadata.resourceVersion` makes it conditional.
    ///   - force: takes fields from other managers; else `.conflict`.
    public static func apply(
        _ resource: APIResource, namespace: String? = nil, name: String, subresource: String? = nil, body: [UInt8],
        fieldManager: String = APIRequest.fieldManager, force: Bool
    ) -> APIRequest {
        var request = APIRequest(
            method: .patch, path: resource.path(namespace: namespace, name: name, subresource: subresource), body: body,
            contentType: MediaType.apply, subject: subject("apply", resource, namespace, name, subresource))
        request.add("fieldManager", fieldManager)
        request.add("force", force ? "true" : "false")
        return request
    }

    /// Merges fields into an object, RFC 7386; null removes.
    public static func mergePatch(
        _ resource: APIResource, namespace: String? = nil, name: String, subresource: String? = nil, body: [UInt8]
    ) -> APIRequest {
        var request = APIRequest(
            method: .patch, path: resource.path(namespace: namespace, name: name, subresource: subresource), body: body,
            contentType: MediaType.mergePatch, subject: subject("patch", resource, namespace, name, subresource))
        request.add("fieldManager", fieldManager)
        return request
    }

    /// Deletes an object; `.conflict` when it is not the one that is meant.
    public static func delete(
        _ resource: APIResource, namespace: String? = nil, name: String, uid: String? = nil, resourceVersion: String? = nil
    ) -> APIRequest {
        var preconditions: [ManifestValue.Entry] = []
        if let uid { preconditions.append(.init("uid", .string(uid))) }
        if let resourceVersion { preconditions.append(.init("resourceVersion", .string(resourceVersion))) }
        let options = ManifestValue.mapping([
            .init("apiVersion", .string("v1")), .init("kind", .string("DeleteOptions")), .init("preconditions", .mapping(preconditions)),
        ])
        return APIRequest(
            method: .delete, path: resource.path(namespace: namespace, name: name),
            body: preconditions.isEmpty ? nil : ManifestWriter.json(options),
            subject: subject("delete", resource, namespace, name, nil))
    }

    /// Who owns the fields that we write.
    public static let fieldManager = "certctl"

    /// Adds a parameter unless it is nil.
    public mutating func add(_ name: String, _ value: String?) {
        if let value { query.append((name, value)) }
    }

    private static func subject(
        _ verb: String, _ resource: APIResource, _ namespace: String?, _ name: String?, _ subresource: String?
    ) -> String {
        let kind = resource.description + (subresource.map { "/" + $0 } ?? "")
        guard let name else { return "\(verb) \(kind)" + (namespace.map { " in \($0)" } ?? "") }
        return "\(verb) \(kind) " + (namespace.map { "\($0)/\(name)" } ?? name)
    }
}
