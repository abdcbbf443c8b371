public import Certificates
internal import Core
internal import FoundationEssentials
public import Issuance
internal import PKI
public import Telemetry

/// Which certificates visitors of hosts get, as metrics under ingress-nginx's names.
public struct HostCertificateMetrics: Sendable {
    private struct Host {
        let labels: MetricLabels
        let credential: Credential
    }

    private let hosts: [Host]

    /// Metrics of what is served for every host that a certificate is asked for; placeholders are left out.
    ///
    /// - Parameter index: what the event loops serve by.
    public init(_ facts: [CertificateFact], index: CertificateIndex, controller: ControllerLabels) {
        var hosts: [Host] = []
        hosts.reserveCapacity(facts.count)
        let `class` = MetricLabels([("class", controller.controller)])
        for fact in facts {
            for host in fact.hosts {
                // A name that nothing but the wildcard covers.
                let credential = index.credential(for: host.hasPrefix("*.") ? "any" + host.dropFirst() : host)
                guard let credential, let secret = credential.secret, secret == fact.secret else { continue }
                let labels = `class`.with([("host", host), ("namespace", secret.namespace), ("secret_name", secret.name)])
                hosts.append(Host(labels: labels, credential: credential))
            }
        }
        self.hosts = hosts
    }

    /// Writes all of them.
    public func write(to writer: inout MetricsWriter) {
        writer.begin(
            MetricFamily(
                "nginx_ingress_controller_ssl_expire_time_seconds", .gauge,
                "The end of the validity of the certificate that is served for a host, in seconds since 1970."))
        for host in hosts { writer.sample(host.labels, host.credential.keyPair.leaf.notAfter.timeIntervalSince1970) }
        writer.begin(
            MetricFamily(
                "nginx_ingress_controller_ssl_certificate_info", .gauge,
                "Always 1; what the certificate is that is served for a host is in the labels."))
        for host in hosts { writer.sample(host.labels, Self.labels(of: host.credential.keyPair.leaf), 1 as UInt64) }
    }

    private static func labels(of leaf: Certificate) -> MetricLabels {
        let serial = DecimalNumber.text(bigEndian: leaf.serialNumberBytes)
        return MetricLabels([
            // Of the issuer's name; names with a serial number are rare.
            ("identifier", "-" + serial), ("issuer_common_name", leaf.issuerCommonName ?? ""),
            ("issuer_organization", leaf.issuerOrganization ?? ""),
            ("public_key_algorithm", leaf.keyDescription.split(separator: " ").first.map(String.init) ?? ""), ("serial_number", serial),
        ])
    }
}
