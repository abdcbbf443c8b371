internal import Core
public import FoundationEssentials
public import Issuance
public import Telemetry

/// What is known about certificates and issuers, as metrics: under cert-manager's names, so that dashboards and alerts which are made for it
/// go on working, and under our own where it has none.
///
/// `name` is the name of the Secret, which is what cert-manager's Certificates for an Ingress are called. Placeholders, which nobody asked
/// for, are counted and no more.
public struct CertificateMetrics: Sendable {
    private let certificates: [(fact: CertificateFact, labels: MetricLabels)]
    private let issuers: [IssuerFact]
    private let now: Date

    /// Metrics of these facts.
    public init(_ facts: [CertificateFact], issuers: [IssuerFact], now: Date) {
        certificates = facts.map { ($0, Self.labels(of: $0)) }
        self.issuers = issuers.sorted { $0.issuer < $1.issuer }
        self.now = now
    }

    /// Writes all of them.
    public func write(to writer: inout MetricsWriter) {
        writeReadiness(to: &writer)
        writeMoments(to: &writer)
        writeOwn(to: &writer)
        writeIssuers(to: &writer)
        writer.begin(MetricFamily("certmanager_clock_time_seconds_gauge", .gauge, "The clock of this process, in seconds since 1970."))
        writer.sample(.none, now.timeIntervalSince1970.rounded())
    }

    private func writeReadiness(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily(
                "certmanager_certificate_ready_status", .gauge,
                "Whether a certificate is there, valid, and for the names that are asked for: 1 at one of the three conditions."))
        for (fact, labels) in certificates where fact.state != .placeholder {
            let ready = fact.readiness(at: now) == .ready ? "True" : "False"
            for condition in ["True", "False", "Unknown"] {
                writer.sample(labels.with("condition", condition), condition == ready ? 1.0 : 0)
            }
        }
    }

    private func writeMoments(to writer: inout MetricsWriter) {
        write(\.notAfter, "certmanager_certificate_expiration_timestamp_seconds", "The end of a certificate's validity.", to: &writer)
        write(\.notAfter, "certmanager_certificate_not_after_timestamp_seconds", "The end of a certificate's validity.", to: &writer)
        write(\.notBefore, "certmanager_certificate_not_before_timestamp_seconds", "The start of a certificate's validity.", to: &writer)
        write(\.renewAt, "certmanager_certificate_renewal_timestamp_seconds", "When a certificate is due to be renewed.", to: &writer)
    }

    private func write(_ moment: KeyPath<CertificateFact, Date?>, _ name: String, _ help: String, to writer: inout MetricsWriter) {
        writer.begin(MetricFamily(name, .gauge, help + " In seconds since 1970."))
        for (fact, labels) in certificates {
            guard let date = fact[keyPath: moment] else { continue }
            writer.sample(labels, date.timeIntervalSince1970.rounded())
        }
    }

    private func writeOwn(to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certctl_certificates", .gauge, "Certificates by state, as `certctl status` has it."))
        var counts: [CertificateFact.State: UInt64] = [:]
        for (fact, _) in certificates { counts[fact.state, default: 0] += 1 }
        for state in CertificateFact.State.allCases {
            writer.sample(MetricLabels([("state", state.rawValue)]), counts[state] ?? 0)
        }
        writer.begin(
            MetricFamily("certctl_certificate_failures", .gauge, "Failures in a row of a certificate whose last attempt failed."))
        for (fact, labels) in certificates where fact.failures > 0 { writer.sample(labels, Double(fact.failures)) }
        write(
            \.nextAttempt, "certctl_certificate_next_attempt_timestamp_seconds", "When a failing certificate is tried again.", to: &writer)
        write(
            \.queuedUntil, "certctl_certificate_queued_until_timestamp_seconds",
            "When the turn of a certificate comes that a limit of its CA holds back.", to: &writer)
        write(\.revoked, "certctl_certificate_revoked_timestamp_seconds", "Since when a certificate is known to be revoked.", to: &writer)
        write(
            \.renewalWindow?.start, "certctl_certificate_ari_window_start_timestamp_seconds",
            "From when on the CA would like a certificate to be renewed (RFC 9773).", to: &writer)
    }

    private func writeIssuers(to writer: inout MetricsWriter) {
        let ofCluster = issuers.filter { $0.issuer.namespace.isEmpty }
        let namespaced = issuers.filter { !$0.issuer.namespace.isEmpty }
        write(ofCluster, MetricFamily("certmanager_clusterissuer_ready_status", .gauge, "Whether a ClusterIssuer can issue."), to: &writer)
        write(namespaced, MetricFamily("certmanager_issuer_ready_status", .gauge, "Whether an Issuer can issue."), to: &writer)
    }

    private func write(_ issuers: [IssuerFact], _ family: MetricFamily, to writer: inout MetricsWriter) {
        writer.begin(family)
        for fact in issuers {
            var labels = MetricLabels([("name", fact.issuer.name)])
            if !fact.issuer.namespace.isEmpty { labels = labels.with("namespace", fact.issuer.namespace) }
            for condition in ["True", "False", "Unknown"] {
                writer.sample(labels.with("condition", condition), condition == fact.condition ? 1.0 : 0)
            }
        }
    }

    private static func labels(of fact: CertificateFact) -> MetricLabels {
        let issuer = fact.issuer.map { $0.split(separator: "/", maxSplits: 1) } ?? []
        return MetricLabels([
            ("name", fact.secretName), ("namespace", fact.namespace), ("issuer_name", issuer.count == 2 ? String(issuer[1]) : ""),
            ("issuer_kind", issuer.count == 2 ? String(issuer[0]) : ""), ("issuer_group", issuer.isEmpty ? "" : "cert-manager.io"),
        ])
    }
}

extension IssuerFact {
    /// The status of the condition `Ready`.
    fileprivate var condition: String {
        switch readiness {
        case .accountRegistered, .keyPairVerified, .ready: "True"
        case .accountFailed, .keyPairMissing, .keyPairInvalid: "False"
        case .unknown: "Unknown"
        }
    }
}
