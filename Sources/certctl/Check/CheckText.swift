internal import Issuance

/// What `certctl check -o json` prints.
struct CheckResult: Encodable {
    let ingress: String
    /// Whether nothing is bad.
    let isGood: Bool
    let findings: [CheckFinding]
}

/// Findings as text for people.
enum CheckText {
    /// A line for each.
    static func table(_ findings: [CheckFinding]) -> Table {
        var table = Table(columns: ["HOST", "CHECK", "RESULT", "MESSAGE"])
        for finding in findings {
            table.add([.init(finding.host), .init(finding.check.rawValue), result(finding.status), .init(finding.message)])
        }
        return table
    }

    private static func result(_ status: CheckFinding.Status) -> Table.Cell {
        switch status {
        case .good: .init("ok", .good)
        case .bad: .init("FAIL", .alarm)
        case .skipped: .init("-", .notice)
        }
    }
}
