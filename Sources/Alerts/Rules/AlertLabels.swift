/// The labels of an alert. They are its identity: neither times nor numbers are among them.
public struct AlertLabels: Hashable, Sendable {
    /// By name.
    public private(set) var values: [String: String]

    /// The labels of an alert.
    public init(rule: AlertRule, subject: AlertSubject, severity: AlertSeverity) {
        values = ["alertname": rule.name, "severity": severity.rawValue, "job": "certctl"]
        values["threshold"] = rule.threshold
        values[Self.name(of: subject.kind)] = subject.name
        if subject.kind != "Secret" { values["kind"] = subject.kind }
        if !subject.namespace.isEmpty { values["namespace"] = subject.namespace }
        values["host"] = subject.host
    }

    /// These labels, and a receiver's own, which do not replace any.
    public func adding(_ further: [String: String]) -> AlertLabels {
        var all = self
        all.values.merge(further) { own, _ in own }
        return all
    }

    /// 16 hexadecimal digits. The same that Prometheus and its Alertmanager give these labels: FNV-1a (64 bits) over the names and values in
    /// the order of the names, each followed by a byte 255 (`model.LabelSet.Fingerprint`).
    public var fingerprint: String {
        var hash: UInt64 = 14_695_981_039_346_656_037
        func add(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
            hash = (hash ^ 255) &* 1_099_511_628_211
        }
        // The names are ASCII, so that this is the order of their bytes.
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            add(name)
            add(value)
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Labels that an alert may have: what alerts can be grouped by.
    static let known = ["alertname", "severity", "namespace", "secret", "issuer", "host", "kind", "threshold", "job"]

    private static func name(of kind: String) -> String {
        switch kind {
        case "Secret": "secret"
        case "Issuer", "ClusterIssuer": "issuer"
        default: "instance"
        }
    }
}
