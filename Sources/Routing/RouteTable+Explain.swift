extension RouteTable {
    /// Says which rule answers a request and why. For people: it allocates freely.
    ///
    /// - Parameters:
    ///   - authority: as in a `Host` field.
    ///   - target: as in a request line, in origin form.
    public func explain(authority: String, target: String) -> RouteExplanation {
        let bytes = Array(authority.utf8)
        guard let range = RequestHost.range(in: bytes.span), let found = hostRoutes(for: bytes.span) else {
            return refusal(.badHost, "host \"\(authority)\" is malformed")
        }
        let path: String
        do {
            path = try CanonicalPath.text(of: target)
        } catch {
            return refusal(.badPath, "target \"\(target)\": \(error)")
        }
        let host = String(decoding: bytes[range], as: UTF8.self).lowercased()
        var reasons = hostReasons(host, found)
        if path != target { reasons.append("path \"\(target)\" is compared as \"\(path)\"") }
        let match = found.match(path: Array(path.utf8).span)
        reasons.append(RouteTable.reason(for: match))
        let outcome = match.map { $0.upstream.state == .ok ? RouteExplanation.Outcome.upstream : .unavailable } ?? .noRoute
        return RouteExplanation(
            outcome: outcome, reasons: reasons, canonicalPath: path, isListedInTLS: found.isListedInTLS,
            route: match.map { RouteDescription($0.route, $0.upstream) })
    }

    /// Every rule and default backend in force: by host (exact hosts and wildcards by name, then every host, then the class), and in
    /// path order within a host.
    public var descriptions: [RouteDescription] {
        let named = hosts.entries.map { (HostPattern.text($0.storedName), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        let routes = (named + [everyHost].compactMap(\.self)).flatMap { $0.rules.routes + [$0.fallback].compactMap(\.self) }
        return (routes + [classDefault].compactMap(\.self)).compactMap { route in
            upstreams[route.upstreamID].map { RouteDescription(route, $0) }
        }
    }

    private func refusal(_ outcome: RouteExplanation.Outcome, _ reason: String) -> RouteExplanation {
        RouteExplanation(outcome: outcome, reasons: [reason], canonicalPath: nil, isListedInTLS: false, route: nil)
    }

    private func hostReasons(_ host: String, _ found: HostRoutes) -> [String] {
        var reasons: [String] = []
        let name = host.isEmpty ? "the empty host" : "host \(host)"
        if found.exact != nil { reasons.append("\(name) is named by an Ingress") }
        if found.wildcard != nil { reasons.append("\(name) is covered by a wildcard host") }
        if found.exact == nil, found.wildcard == nil { reasons.append("\(name) is named by no Ingress; rules for every host apply") }
        return reasons
    }

    private static func reason(for match: RouteMatch?) -> String {
        guard let match else { return "no rule matches, and no Ingress without rules has a default backend" }
        let (route, upstream) = (match.route, match.upstream)
        let rule =
            switch route.kind {
            case .exact, .prefix, .implementationSpecific:
                "\(route.kind.rawValue) path \"\(route.path)\" of ingress \(route.ingress) matches"
            case .ingressDefault: "no path matches; ingress \(route.ingress) has a default backend for the host"
            case .classDefault: "no rule matches; ingress \(route.ingress) has the default backend of the class"
            }
        let end =
            switch upstream.state {
            case .ok: "has \(upstream.endpoints.count) usable endpoint(s)"
            case .noService: "leads to a service that does not exist"
            case .noPort: "leads to a port that the service does not have"
            case .noEndpoints: "has no usable endpoint"
            case .notAService: "is not a service"
            }
        return "\(rule); backend \(upstream.name) \(end)"
    }
}
