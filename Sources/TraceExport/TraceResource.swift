internal import Core
public import Telemetry

/// What this process is called in traces.
public enum TraceResource {
    /// `service.name` and more, with what `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say on top.
    ///
    /// - Parameter environment: also `POD_NAME` and `POD_NAMESPACE`, where a Deployment sets them.
    public static func attributes(_ environment: [String: String], hostName: String) -> [TraceSpan.Attribute] {
        var values: [String: String] = [
            "service.name": "certctl", "service.version": Version.current, "service.instance.id": environment["POD_NAME"] ?? hostName,
            "host.name": hostName, "telemetry.sdk.language": "swift", "telemetry.sdk.name": "certctl",
            "telemetry.sdk.version": Version.current,
        ]
        values["k8s.pod.name"] = environment["POD_NAME"]
        values["k8s.namespace.name"] = environment["POD_NAMESPACE"]
        for pair in (environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "").split(separator: ",") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            if sides.count == 2 { values[String(sides[0])] = String(sides[1]) }
        }
        if let name = environment["OTEL_SERVICE_NAME"], !name.isEmpty { values["service.name"] = name }
        return values.sorted { $0.key < $1.key }.map { TraceSpan.Attribute($0.key, .text($0.value)) }
    }
}
