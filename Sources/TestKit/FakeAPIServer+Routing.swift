internal import KubernetesClient

extension FakeAPIServer {
    /// A request as it came.
    struct Request: Sendable {
        let method: String
        let path: String
        let query: [String: String]
        let headers: [String: String]
        let body: [UInt8]
        let connection: Int
        let clientCertificate: String?

        init(method: String, uri: String, headers: [String: String], body: [UInt8], connection: Int, clientCertificate: String?) {
            self.method = method
            let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
            path = String(parts[0])
            var query: [String: String] = [:]
            for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
                let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                query[Request.decoded(halves[0])] = halves.count > 1 ? Request.decoded(halves[1]) : ""
            }
            self.query = query
            self.headers = headers
            self.body = body
            self.connection = connection
            self.clientCertificate = clientCertificate
        }

        static func decoded(_ text: Substring) -> String {
            var output: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "%"), rest.count >= 2,
                    let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
                {
                    output.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    output.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                }
            }
            return String(decoding: output, as: UTF8.self)
        }
    }

    /// Where a request leads.
    static func target(of request: Request) throws(Refusal) -> Target {
        var parts = request.path.split(separator: "/").map { Request.decoded($0) }[...]
        let unknown = Refusal(code: 404, reason: "NotFound", message: "the server could not find the requested resource")
        guard let root = parts.popFirst(), root == "api" || root == "apis" else { throw .noSuchGroup }
        let group = root == "api" ? "" : parts.popFirst() ?? ""
        guard let version = parts.popFirst() else { throw unknown }
        let served = resources.filter { $0.resource.group == group && $0.resource.version == version }
        guard let any = served.first else { throw .noSuchGroup }
        guard !parts.isEmpty else { return Target(verb: .discover, resource: any, namespace: nil, name: nil, subresource: nil) }
        var namespace: String?
        if parts.first == "namespaces", parts.count > 2 {
            namespace = parts.dropFirst().first
            parts = parts.dropFirst(2)
        }
        guard let plural = parts.popFirst(), let resource = served.first(where: { $0.resource.plural == plural }) else { throw unknown }
        let name = parts.popFirst()
        let subresource = parts.popFirst()
        guard parts.isEmpty, subresource == nil || (subresource == "status" && resource.hasStatus) else { throw unknown }
        guard resource.resource.isNamespaced || namespace == nil else { throw unknown }
        let verb = try verb(of: request, hasName: name != nil)
        guard namespace != nil || !resource.resource.isNamespaced || verb == .list || verb == .watch else { throw unknown }
        return Target(verb: verb, resource: resource, namespace: namespace, name: name, subresource: subresource)
    }

    private static func verb(of request: Request, hasName: Bool) throws(Refusal) -> Verb {
        let isWatch = request.query["watch"] == "true" || request.query["watch"] == "1"
        switch (request.method, hasName) {
        case ("GET", true): return .get
        case ("GET", false): return isWatch ? .watch : .list
        case ("POST", false): return .create
        case ("PUT", true): return .update
        case ("PATCH", true):
            switch request.headers["content-type"] {
            case "application/merge-patch+json": return .patch
            case "application/apply-patch+yaml": return .apply
            case let type:
                throw Refusal(
                    code: 415, reason: "UnsupportedMediaType",
                    message: "the body of the request was in an unknown format: \(type ?? "none")")
            }
        case ("DELETE", true): return .delete
        default:
            throw Refusal(code: 405, reason: "MethodNotAllowed", message: "the server does not allow this method on the requested resource")
        }
    }
}
