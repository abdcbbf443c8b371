internal import Admin
internal import FoundationEssentials
internal import Issuance

extension StatusReport {
    /// The report without what moves with the clock: equal as long as nothing has happened.
    var unchanging: Unchanging {
        Unchanging(
            report: StatusReport(
                version: version, at: .distantPast, isRunning: isRunning, certificates: certificates.map(\.unchanging),
                replicas: replicas.map(\.unchanging), problems: problems, ignoredKinds: ignoredKinds),
            needsAttention: needsAttention)
    }

    /// See ``unchanging``.
    struct Unchanging: Equatable, Sendable {
        let report: StatusReport
        /// Time alone makes a renewal overdue.
        let needsAttention: Bool
    }
}

extension HostReport {
    /// The report without what moves with the clock.
    var unchanging: Unchanging {
        var report = self
        report.at = .distantPast
        report.replicas = replicas.map(\.unchanging)
        report.certificates = certificates.map { Certificate(fact: $0.fact.unchanging, chain: $0.chain) }
        return Unchanging(report: report, needsAttention: needsAttention)
    }

    /// See ``unchanging``.
    struct Unchanging: Equatable, Sendable {
        let report: HostReport
        let needsAttention: Bool
    }
}

extension CertificateFact {
    fileprivate var unchanging: CertificateFact {
        var fact = self
        fact.lifetimeLeft = nil
        return fact
    }
}

extension ReplicaFact {
    fileprivate var unchanging: ReplicaFact {
        var replica = self
        replica.at = nil
        return replica
    }
}
