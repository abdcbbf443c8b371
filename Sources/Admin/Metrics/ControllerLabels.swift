public import Telemetry

/// The labels that ingress-nginx puts on everything, by which its dashboards choose a controller.
public struct ControllerLabels: Sendable, Hashable {
    /// `controller_namespace`, `controller_class` and `controller_pod`.
    public let labels: MetricLabels
    /// `spec.controller` of the IngressClasses that are served.
    public let controller: String

    /// Makes them.
    ///
    /// - Parameters:
    ///   - namespace: of the Pod; empty outside of a cluster.
    ///   - controller: `spec.controller` of the IngressClasses that are served.
    ///   - pod: its name, or that of the machine.
    public init(namespace: String, controller: String, pod: String) {
        self.controller = controller
        labels = MetricLabels([("controller_class", controller), ("controller_namespace", namespace), ("controller_pod", pod)])
    }
}
