internal import Admin
internal import FoundationEssentials
internal import Issuance

/// How badly a certificate needs somebody. The order of the table: the worst first.
enum StatusRank: Hashable, Comparable {
    /// Somebody has to act.
    case concern(StatusReport.Concern)
    /// Something is odd about what is stored.
    case odd
    /// It is being dealt with.
    case issuing, pending
    /// Nobody asked for a certificate.
    case placeholder
    case good

    init(_ fact: CertificateFact, in report: StatusReport) {
        if let concern = report.concern(about: fact) {
            self = .concern(concern)
            return
        }
        switch fact.state {
        case .issuing: self = .issuing
        case .pending: self = .pending
        case .placeholder: self = .placeholder
        case .valid, .foreign, .expired, .failing, .blocked:
            self = fact.secretProblem != nil || fact.uncoveredHosts != nil || fact.chainProblems != nil ? .odd : .good
        }
    }

    /// How it is coloured.
    var style: Terminal.Style {
        switch self {
        case .concern: .alarm
        case .odd, .issuing, .pending, .placeholder: .notice
        case .good: .good
        }
    }

    private var position: Int {
        let concerns = StatusReport.Concern.allCases
        switch self {
        case .concern(let concern): return concerns.firstIndex(of: concern) ?? 0
        case .odd: return concerns.count
        case .issuing: return concerns.count + 1
        case .pending: return concerns.count + 2
        case .placeholder: return concerns.count + 3
        case .good: return concerns.count + 4
        }
    }

    static func < (left: StatusRank, right: StatusRank) -> Bool { left.position < right.position }
}

extension StatusReport {
    /// The certificates with their ranks: the worst first, then what ends first, then by name, so that nothing jumps between two looks.
    var worstFirst: [(fact: CertificateFact, rank: StatusRank)] {
        certificates.map { ($0, StatusRank($0, in: self)) }.sorted { left, right in
            if left.1 != right.1 { return left.1 < right.1 }
            let ends = (left.0.notAfter ?? .distantFuture, right.0.notAfter ?? .distantFuture)
            return ends.0 == ends.1 ? left.0.secret < right.0.secret : ends.0 < ends.1
        }
    }
}
