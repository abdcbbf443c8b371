internal import Core

extension Upstream {
    /// What an operator has to know about an upstream that cannot be used; nil when it can.
    func problem(in ingress: NamespacedName) -> RouteProblem? {
        switch state {
        case .ok: nil
        case .notAService:
            RouteProblem(
                code: .unsupportedBackend, ingress: ingress, message: "backend \(name) is not a Service; only Services are served")
        case .noService:
            RouteProblem(code: .serviceNotFound, ingress: ingress, message: "service \(service) does not exist (backend \(name))")
        case .noPort:
            RouteProblem(
                code: .servicePortNotFound, ingress: ingress, message: "service \(service) has no such TCP port (backend \(name))")
        case .noEndpoints:
            RouteProblem(code: .noEndpoints, ingress: ingress, message: "service \(service) has no usable endpoint (backend \(name))")
        }
    }
}
