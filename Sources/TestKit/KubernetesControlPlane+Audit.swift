internal import FoundationEssentials

extension KubernetesControlPlane {
    /// One request of a ServiceAccount, from the API server's audit log.
    public struct AuditedRequest: Hashable, Sendable {
        /// `NAMESPACE:NAME`.
        public let serviceAccount: String
        /// RBAC's verb: `list`, `patch` …
        public let verb: String
        /// API group; empty for the core group.
        public let group: String
        /// Plural, with the subresource behind a slash.
        public let resource: String
        /// Empty for what belongs to no namespace, or is asked for in all.
        public let namespace: String
        /// Empty when it is asked for by no name.
        public let name: String
        /// The HTTP status of the answer.
        public let status: Int
    }

    /// What all ServiceAccounts have asked for so far; requests for no resource, such as discovery, left out.
    public func auditedRequests() throws -> [AuditedRequest] {
        try folder.read("audit.log").split(separator: "\n").compactMap { line in
            guard let event = try? JSONDecoder().decode(Event.self, from: Data(line.utf8)), let object = event.objectRef else { return nil }
            return AuditedRequest(
                serviceAccount: String(event.user.username.dropFirst("system:serviceaccount:".count)), verb: event.verb,
                group: object.apiGroup ?? "", resource: object.resource + (object.subresource.map { "/" + $0 } ?? ""),
                namespace: object.namespace ?? "", name: object.name ?? "", status: event.responseStatus?.code ?? 0)
        }
    }

    /// An entry of the log, audit.k8s.io/v1.
    private struct Event: Decodable {
        struct User: Decodable {
            let username: String
        }
        struct Object: Decodable {
            let resource: String
            let apiGroup, subresource, namespace, name: String?
        }
        struct Status: Decodable {
            let code: Int?
        }
        let user: User
        let verb: String
        let objectRef: Object?
        let responseStatus: Status?
    }

    static let auditPolicy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - level: Metadata
          userGroups: ["system:serviceaccounts"]
        - level: None

        """
}
