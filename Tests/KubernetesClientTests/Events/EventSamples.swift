import FoundationEssentials
import KubernetesClient

let eventNoon = Date(timeIntervalSince1970: 1_788_264_000)

/// Events by hand.
enum EventSample {
    static func object(_ name: String = "web", uid: String? = "u1") -> ObjectReference {
        ObjectReference(apiVersion: "networking.k8s.io/v1", kind: "Ingress", namespace: "shop", name: name, uid: uid)
    }

    static func event(
        _ name: String = "web", reason: String = "Issuing", note: String = "issuing", occurrence: String? = nil
    ) -> ReportedEvent {
        ReportedEvent(
            regarding: object(name), severity: .normal, reason: reason, action: "Issue", note: note, occurrence: occurrence)
    }
}
