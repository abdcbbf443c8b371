internal import Core
internal import FoundationEssentials
internal import Issuance

/// Which replicas give visitors something else than what is stored, and since when. Pure.
///
/// A replica learns of a new certificate a moment after it is stored, so what is different counts only once it has been so for longer than
/// ``ReplicaLimits/reloadTimeMax``.
struct ServedDeviations {
    /// One thing that is different.
    private struct Deviation: Hashable {
        let replica: String
        let secret: NamespacedName
        /// Nil for a placeholder.
        let served: String?
        let stored: String
    }

    /// A certificate that ought to be served.
    private struct Stored {
        let secret: NamespacedName
        /// `namespace/name`.
        let name: String
        let fingerprint: String

        /// Nil for what cannot be served or covers no host, which has words of its own, and for what no Ingress names.
        init?(_ fact: CertificateFact) {
            guard let fingerprint = fact.fingerprint, fact.secretProblem == nil, !fact.ingresses.isEmpty,
                fact.uncoveredHosts.map({ $0.count < fact.hosts.count }) ?? true
            else { return nil }
            secret = fact.secret
            name = fact.secret.description
            self.fingerprint = fingerprint
        }
    }

    private var known: [Deviation: Date] = [:]

    /// Compares anew.
    ///
    /// - Parameters:
    ///   - facts: what is stored.
    ///   - reports: what the replicas said last.
    /// - Returns: what counts, by Secret; and whether there is more that does not count yet.
    mutating func compare(
        _ facts: [CertificateFact], with reports: [ServedReport], now: Date
    ) -> (served: [NamespacedName: [ServedCertificate]], isUnsettled: Bool) {
        let stored = facts.compactMap(Stored.init)
        var found: [Deviation: Date] = [:]
        for (report, replicas) in Self.grouped(reports) {
            for certificate in stored {
                var fingerprint: String?
                switch Self.served(for: certificate, by: report) {
                case .right: continue
                case .wrong(let served): fingerprint = served
                case .nothing: break
                }
                for replica in replicas where found.count < ReplicaLimits.deviationsMax {
                    let deviation = Deviation(
                        replica: replica, secret: certificate.secret, served: fingerprint, stored: certificate.fingerprint)
                    // A clock that was set back makes it younger, not older.
                    found[deviation] = min(known[deviation] ?? now, now)
                }
            }
        }
        known = found
        let old = found.filter { now.timeIntervalSince($0.value) >= ReplicaLimits.reloadTimeMax.seconds }
        var served: [NamespacedName: [ServedCertificate]] = [:]
        for (deviation, since) in old {
            served[deviation.secret, default: []].append(
                ServedCertificate(replica: deviation.replica, fingerprint: deviation.served, since: since))
        }
        return (served.mapValues { $0.sorted { $0.replica < $1.replica } }, old.count < found.count)
    }

    /// Most replicas serve the same, so that most of the work is done once.
    private static func grouped(_ reports: [ServedReport]) -> [(report: ServedReport, replicas: [String])] {
        var groups: [(report: ServedReport, replicas: [String])] = []
        for report in reports where report.servesTraffic && report.isReady {
            if let index = groups.firstIndex(where: { $0.report.served == report.served && $0.report.omitted == report.omitted }) {
                groups[index].replicas.append(report.replica.name)
            } else {
                groups.append((report, [report.replica.name]))
            }
        }
        return groups
    }

    /// What a replica serves for a Secret, as far as it can be compared.
    private enum Served {
        /// What is stored; or certificates of other Secrets, a conflict between Ingresses that is told elsewhere.
        case right
        /// Another certificate.
        case wrong(String)
        /// A placeholder: also when it has not heard of the Secret, since it has nothing better then.
        case nothing
    }

    private static func served(for certificate: Stored, by report: ServedReport) -> Served {
        switch report.served[certificate.name] {
        case certificate.fingerprint, ServedReport.other: .right
        case nil where report.omitted > 0: .right
        case nil, ServedReport.placeholder: .nothing
        case let served?: .wrong(served)
        }
    }
}
