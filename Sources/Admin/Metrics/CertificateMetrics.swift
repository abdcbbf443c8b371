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
    /// What of a fact becomes numbers; taken out once, since each number is written in a family of its own.
    struct Certificate {
        let labels: MetricLabels
        let isPlaceholder: Bool
        let isReady: Bool
        let failures: Int
        let notBefore, notAfter, renewAt, nextAttempt, queuedUntil, revoked, windowStart, windowEnd: Double?
    }

    private let certificates: [Certificate]
    private let states: [CertificateFact.State: UInt64]
    private let issuers: [IssuerFact]
    private let now: Date

    /// Metrics of these facts.
    public init(_ facts: [CertificateFact], issuers: [IssuerFact], now: Date) {
        var states: [CertificateFact.State: UInt64] = [:]
        certificates = facts.map { fact in
            states[fact.state, default: 0] += 1
            return Certificate(fact, now: now)
        }
        self.states = states
        self.issuers = issuers.sorted { $0.issuer < $1.issuer }
        self.now = now
    }

    /// Writes all of them.
    public func write(to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certmanager_clock_time_seconds_gauge", .gauge, "The clock of this process, in seconds since 1970."))
        writer.sample(.none, now.timeIntervalSince1970.rounded())
        writer.begin(MetricFamily("certctl_certificates", .gauge, "Certificates by state, as `certctl status` has it."))
        for state in CertificateFact.State.allCases {
            writer.sample(MetricLabels([("state", state.rawValue)]), states[state] ?? 0)
        }
        writeIssuers(to: &writer)
        writeReadiness(to: &writer)
        writeMoments(to: &writer)
        writeOwn(to: &writer)
    }

    private func writeReadiness(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily(
                "certmanager_certificate_ready_status", .gauge,
                "Whether a certificate is there, valid, and for the names that are asked for: 1 at one of the three conditions."))
        for certificate in certificates where !certificate.isPlaceholder {
            Condition.write(certificate.isReady ? .true : .false, certificate.labels, to: &writer)
        }
    }

    private func writeMoments(to writer: inout MetricsWriter) {
        write("certmanager_certificate_expiration_timestamp_seconds", "The end of a certificate's validity.", to: &writer) { $0.notAfter }
        write("certmanager_certificate_not_before_timestamp_seconds", "The start of a certificate's validity.", to: &writer) {
            $0.notBefore
        }
        write("certmanager_certificate_renewal_timestamp_seconds", "When a certificate is due to be renewed.", to: &writer) { $0.renewAt }
        write("certmanager_certificate_not_after_timestamp_seconds", "The end of a certificate's validity.", to: &writer) { $0.notAfter }
    }

    private func writeOwn(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily("certctl_certificate_failures", .gauge, "Failures in a row of a certificate whose last attempt failed."))
        for certificate in certificates where certificate.failures > 0 {
            writer.sample(certificate.labels, UInt64(certificate.failures))
        }
        write("certctl_certificate_next_attempt_timestamp_seconds", "When a failing certificate is tried again.", to: &writer) {
            $0.nextAttempt
        }
        write(
            "certctl_certificate_queued_until_timestamp_seconds",
            "When the turn of a certificate comes that a limit of its CA holds back.", to: &writer
        ) { $0.queuedUntil }
        write("certctl_certificate_revoked_timestamp_seconds", "Since when a certificate is known to be revoked.", to: &writer) {
            $0.revoked
        }
        write(
            "certctl_certificate_ari_window_start_timestamp_seconds",
            "From when on the CA would like a certificate to be renewed (RFC 9773).", to: &writer
        ) { $0.windowStart }
        write(
            "certctl_certificate_ari_window_end_timestamp_seconds",
            "Until when the CA would like a certificate to be renewed (RFC 9773).", to: &writer
        ) { $0.windowEnd }
    }

    private func write(_ name: String, _ help: String, to writer: inout MetricsWriter, _ moment: (Certificate) -> Double?) {
        writer.begin(MetricFamily(name, .gauge, help + " In seconds since 1970."))
        for certificate in certificates {
            if let seconds = moment(certificate) { writer.sample(certificate.labels, seconds) }
        }
    }

    private func writeIssuers(to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certmanager_clusterissuer_ready_status", .gauge, "Whether a ClusterIssuer can issue."))
        for fact in issuers where fact.issuer.namespace.isEmpty {
            Condition.write(fact.condition, MetricLabels([("name", fact.issuer.name)]), to: &writer)
        }
        writer.begin(MetricFamily("certmanager_issuer_ready_status", .gauge, "Whether an Issuer can issue."))
        for fact in issuers where !fact.issuer.namespace.isEmpty {
            Condition.write(fact.condition, MetricLabels([("name", fact.issuer.name), ("namespace", fact.issuer.namespace)]), to: &writer)
        }
    }
}

/// The status of a condition: a series for each, of which one is 1.
private enum Condition: String, CaseIterable {
    case `true` = "True"
    case `false` = "False"
    case unknown = "Unknown"

    private static let all = allCases.map { (condition: $0, labels: MetricLabels([("condition", $0.rawValue)])) }

    static func write(_ present: Condition, _ labels: MetricLabels, to writer: inout MetricsWriter) {
        for (condition, more) in all { writer.sample(labels, more, condition == present ? 1 as UInt64 : 0) }
    }
}

extension CertificateMetrics.Certificate {
    fileprivate init(_ fact: CertificateFact, now: Date) {
        func seconds(_ date: Date?) -> Double? { date?.timeIntervalSince1970.rounded() }
        let issuer = fact.issuer?.split(separator: "/", maxSplits: 1) ?? []
        labels = MetricLabels([
            ("name", fact.secretName), ("namespace", fact.namespace), ("issuer_name", issuer.count == 2 ? String(issuer[1]) : ""),
            ("issuer_kind", issuer.count == 2 ? String(issuer[0]) : ""), ("issuer_group", issuer.isEmpty ? "" : "cert-manager.io"),
        ])
        isPlaceholder = fact.state == .placeholder
        isReady = fact.readiness(at: now) == .ready
        failures = fact.failures
        notBefore = seconds(fact.notBefore)
        notAfter = seconds(fact.notAfter)
        renewAt = seconds(fact.renewAt)
        nextAttempt = seconds(fact.nextAttempt)
        queuedUntil = seconds(fact.queuedUntil)
        revoked = seconds(fact.revoked)
        windowStart = seconds(fact.renewalWindow?.start)
        windowEnd = seconds(fact.renewalWindow?.end)
    }
}

extension IssuerFact {
    /// The status of the condition `Ready`.
    fileprivate var condition: Condition {
        switch readiness {
        case .accountRegistered, .keyPairVerified, .ready: .true
        case .accountFailed, .keyPairMissing, .keyPairInvalid: .false
        case .unknown: .unknown
        }
    }
}
