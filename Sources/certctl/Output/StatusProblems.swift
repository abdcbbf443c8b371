internal import Admin
internal import Certificates
internal import Issuance
internal import Routing
internal import Store

/// The problems of all parts in the form that a status report has.
enum StatusProblems {
    static func all(
        store: [StoreProblem], routes: [RouteProblem], certificates: [CertificateProblem], issuance: [IngressProblem],
        resources: [CertificateResourceProblem]
    ) -> [StatusReport.Problem] {
        var problems = store.map { StatusReport.Problem(subject: place($0), message: $0.message) }
        problems += routes.map { StatusReport.Problem(subject: "ingress \($0.ingress)", message: "\($0.code.rawValue): \($0.message)") }
        problems += certificates.map { StatusReport.Problem(subject: subject($0), message: "\($0.code.rawValue): \($0.message)") }
        problems += issuance.map {
            StatusReport.Problem(subject: "ingress \($0.ingress)", message: "\(IngressProblem.reason): \($0.message)")
        }
        problems += resources.map {
            StatusReport.Problem(subject: "certificate \($0.certificate)", message: "\($0.reason.rawValue): \($0.message)")
        }
        return Array(Set(problems))
    }

    /// What is wrong with the choice of TLS policies.
    static func of(_ problems: [TLSPolicyProblem]) -> [StatusReport.Problem] {
        problems.map {
            StatusReport.Problem(
                subject: $0.ingress.map { "ingress \($0)" } ?? "TLS policies", message: "\($0.code.rawValue): \($0.message)")
        }
    }

    /// Certificates that clients may refuse for want of an OCSP response.
    static func of(_ problems: [StaplingProblem]) -> [StatusReport.Problem] {
        problems.map { StatusReport.Problem(subject: "secret \($0.secret)", message: "\($0.code.rawValue): \($0.message)") }
    }

    /// `FILE:LINE document N field F`, as far as each is known.
    private static func place(_ problem: StoreProblem) -> String {
        let line = problem.line.map { ":\($0)" } ?? ""
        let document = problem.document.map { " document \($0)" } ?? ""
        let field = problem.field.map { " field \($0)" } ?? ""
        return problem.source + line + document + field
    }

    private static func subject(_ problem: CertificateProblem) -> String {
        if let secret = problem.secret { return "secret \(secret)" }
        return problem.ingress.map { "ingress \($0)" } ?? problem.host ?? "certificates"
    }
}
