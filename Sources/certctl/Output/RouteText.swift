internal import Routing

/// Routes as text for people.
enum RouteText {
    /// All routes, a line each.
    static func table(_ routes: [RouteDescription]) -> Table {
        var table = Table(columns: ["HOST", "PATH", "TYPE", "INGRESS", "SERVICE", "ENDPOINTS"])
        for route in routes {
            let endpoints = route.endpoints.isEmpty ? route.state.rawValue : route.endpoints.joined(separator: ",")
            table.add([
                .init(route.host), .init(route.path), .init(route.kind.rawValue), .init(route.ingress), .init(route.upstream),
                .init(endpoints, route.endpoints.isEmpty ? .alarm : nil),
            ])
        }
        return table
    }

    /// One answer with its reasons.
    static func text(of explanation: RouteExplanation, on terminal: Terminal) -> String {
        let verdict = terminal.styled(outcome(explanation.outcome), explanation.outcome == .upstream ? .good : .alarm) + "\n"
        var lines: [String] = []
        if let path = explanation.canonicalPath { lines.append("path      \(path)") }
        if let route = explanation.route {
            lines.append("rule      \(route.host) \(route.path) (\(route.kind.rawValue)) of Ingress \(route.ingress)")
            lines.append("service   \(route.upstream)")
            lines.append("endpoints \(route.endpoints.isEmpty ? route.state.rawValue : route.endpoints.joined(separator: ", "))")
        }
        lines.append("tls       \(explanation.isListedInTLS ? "the host is in a tls section" : "the host is in no tls section")")
        for reason in explanation.reasons { lines.append("because   \(reason)") }
        return verdict + lines.map { Terminal.harmless($0) + "\n" }.joined()
    }

    private static func outcome(_ outcome: RouteExplanation.Outcome) -> String {
        switch outcome {
        case .upstream: "goes to an endpoint"
        case .badHost: "400: the host is malformed"
        case .badPath: "400: the path has no canonical form"
        case .noRoute: "404: no rule and no default backend"
        case .unavailable: "503: no endpoint is ready"
        }
    }
}
