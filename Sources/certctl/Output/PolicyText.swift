internal import Policies

/// Decisions of policies as text for people.
enum PolicyText {
    /// A whole report: for each certificate the verdict, then each policy and each of its rules.
    static func text(of report: PolicyTestReport, on terminal: Terminal) -> String {
        var text = report.certificates.map { Self.text(of: $0, on: terminal) }.joined(separator: "\n")
        for problem in report.problems { text += terminal.styled("problem  ", .alarm) + Terminal.harmless(problem) + "\n" }
        return text
    }

    private static func text(of certificate: PolicyTestReport.Certificate, on terminal: Terminal) -> String {
        let explanation = certificate.explanation
        let verdict = explanation.isAllowed ? "allowed" : "denied "
        var text = terminal.styled(verdict, explanation.isAllowed ? .good : .alarm) + "  "
        text += line(
            "Secret \(certificate.namespace)/\(certificate.secretName) from \(certificate.issuer): \(certificate.hosts.joined(separator: ", "))"
        )
        let claimants = certificate.ingresses.map { "Ingress " + $0 } + (certificate.certificate.map { ["Certificate " + $0] } ?? [])
        text += line("  asked for by \(claimants.joined(separator: ", "))")
        text += line("  because      \(explanation.summary)")
        for policy in explanation.policies { text += Self.text(of: policy, on: terminal) }
        return text
    }

    private static func text(of policy: PolicyExplanation.Policy, on terminal: Terminal) -> String {
        var text = line("  policy \(policy.name) (\(policy.source)): \(selection(policy))")
        for denial in policy.denials {
            text += "    " + terminal.styled("denied ", .alarm) + "  " + line("\(denial.names.joined(separator: ", ")): \(denial.reason)")
        }
        for rule in policy.rules ?? [] {
            let name = rule.rule.rawValue + String(repeating: " ", count: max(0, 11 - rule.rule.rawValue.count))
            text += "    " + terminal.styled(rule.isAllowed ? "ok     " : "refused", rule.isAllowed ? .good : .alarm) + "  "
            text += line("\(name)  got \(rule.got); allowed: \(rule.allowed)")
        }
        return text
    }

    private static func selection(_ policy: PolicyExplanation.Policy) -> String {
        switch policy.selection {
        case .notSelected: "not about it: \(policy.why ?? "")"
        case .unknown: policy.why ?? ""
        case .selected where policy.rules == nil && policy.denials.isEmpty: "about it; it neither allows nor denies this"
        case .selected: policy.isAllowing ? "about it, and allows it" : "about it"
        }
    }

    private static func line(_ text: String) -> String { Terminal.harmless(text) + "\n" }
}
