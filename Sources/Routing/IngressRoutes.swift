internal import Core
internal import KubernetesAPI

/// What one Ingress contributes to the table, host by host.
struct IngressRoutes {
    /// What one Ingress says about one host pattern.
    struct Host {
        /// Its rules, in the order of the manifest.
        var routes: [Route] = []
        /// Its default backend, if it has one.
        var fallback: Route?
        /// Whether it lists the pattern in a `tls` section.
        var isListedInTLS = false
    }

    /// By ``HostPattern``.
    private(set) var hosts: [String: Host] = [:]
    /// The default backend of an Ingress without rules.
    private(set) var classDefault: Route?
    /// One element per use; to be released when the Ingress goes.
    private(set) var upstreamIDs: [Int] = []
    /// Every rule and default backend.
    private(set) var routes: [Route] = []
    /// What cannot be served as written, whatever else there is.
    private(set) var problems: [RouteProblem] = []
    private let ingress: NamespacedName

    /// Compiles an Ingress, retaining the upstreams that it leads to.
    init(_ object: Ingress, upstreams: inout UpstreamRegistry, numbers: inout RouteNumbers) {
        ingress = object.metadata.id
        for rule in object.spec.rules { add(rule, &upstreams, &numbers) }
        for host in object.spec.tls.lazy.flatMap(\.hosts) {
            guard let pattern = pattern(host, in: "spec.tls") else { continue }
            if pattern != HostPattern.every { hosts[pattern, default: Host()].isListedInTLS = true }
        }
        if let backend = object.spec.defaultBackend { addDefault(backend, object.spec.rules, &upstreams, &numbers) }
    }

    private mutating func add(_ rule: IngressRule, _ upstreams: inout UpstreamRegistry, _ numbers: inout RouteNumbers) {
        guard let pattern = pattern(rule.host, in: "spec.rules") else { return }
        var host = hosts[pattern] ?? Host()
        for path in rule.paths {
            guard let matchPath = matchPath(path) else { continue }
            let id = retain(path.backend, &upstreams)
            let route = numbers.route(
                ingress: ingress, host: pattern, kind: Route.Kind(path.pathType), path: path.path.isEmpty ? "/" : path.path,
                matchPath: matchPath, upstreamID: id)
            host.routes.append(route)
            routes.append(route)
        }
        hosts[pattern] = host
    }

    /// With rules, the fallback of every host that they name; without, the fallback of the class.
    private mutating func addDefault(
        _ backend: IngressBackend, _ rules: [IngressRule], _ upstreams: inout UpstreamRegistry, _ numbers: inout RouteNumbers
    ) {
        if rules.isEmpty {
            classDefault = fallback(HostPattern.every, .classDefault, backend, &upstreams, &numbers)
            return
        }
        for pattern in Set(rules.compactMap { try? HostPattern.parse($0.host) }) {
            hosts[pattern, default: Host()].fallback = fallback(pattern, .ingressDefault, backend, &upstreams, &numbers)
        }
    }

    private mutating func fallback(
        _ pattern: String, _ kind: Route.Kind, _ backend: IngressBackend, _ upstreams: inout UpstreamRegistry,
        _ numbers: inout RouteNumbers
    ) -> Route {
        let id = retain(backend, &upstreams)
        let route = numbers.route(ingress: ingress, host: pattern, kind: kind, path: "/", matchPath: [], upstreamID: id)
        routes.append(route)
        return route
    }

    private mutating func retain(_ backend: IngressBackend, _ upstreams: inout UpstreamRegistry) -> Int {
        let id = upstreams.retain(BackendKey(backend, namespace: ingress.namespace))
        upstreamIDs.append(id)
        return id
    }

    private mutating func pattern(_ host: String?, in field: String) -> String? {
        do {
            return try HostPattern.parse(host)
        } catch {
            report(.invalidHost, "\(field): \(error)")
            return nil
        }
    }

    /// The canonical bytes to match, or nil for a path that no request can have.
    private mutating func matchPath(_ path: HTTPIngressPath) -> [UInt8]? {
        if path.path.isEmpty {
            if path.pathType == .implementationSpecific { return [] }
            report(.invalidPath, "path \"\": \(CanonicalPath.Refusal.notAbsolute)")
            return nil
        }
        guard !path.path.utf8.contains(UInt8(ascii: "?")) else {
            report(.invalidPath, "path \"\(path.path)\" has a question mark; a request's query is never part of its path")
            return nil
        }
        do {
            var bytes = Array(try CanonicalPath.text(of: path.path).utf8)
            if path.pathType != .exact, bytes.last == CanonicalPath.slash { bytes.removeLast() }
            return bytes
        } catch {
            report(.invalidPath, "path \"\(path.path)\": \(error)")
            return nil
        }
    }

    private mutating func report(_ code: RouteProblem.Code, _ message: String) {
        problems.append(RouteProblem(code: code, ingress: ingress, message: message))
    }
}

extension Route.Kind {
    init(_ type: HTTPIngressPath.PathType) {
        self =
            switch type {
            case .exact: .exact
            case .prefix: .prefix
            case .implementationSpecific: .implementationSpecific
            }
    }
}
