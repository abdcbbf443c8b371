internal import Core
public import Issuance
public import KubernetesAPI
public import Routing

/// Something about an object that its owner should know from `kubectl describe`, for as long as it is so.
public struct ReportedProblem: Hashable, Sendable {
    /// Why, in one word: the event's reason.
    public enum Reason: String, Hashable, Sendable {
        /// It contradicts itself, or cannot be served or issued as written.
        case badConfig = "BadConfig"
        /// A policy of the operator's does not allow it.
        case policyDenied = "PolicyDenied"
        /// An annotation that certctl knows and does not follow.
        case unsupportedAnnotation = "UnsupportedAnnotation"
    }

    /// The object.
    public let regarding: ObjectKey
    /// Why, in one word.
    public let reason: Reason
    /// One sentence.
    public let message: String

    /// Makes a problem.
    public init(regarding: ObjectKey, reason: Reason, message: String) {
        self.regarding = regarding
        self.reason = reason
        self.message = message
    }

    /// What issuance says about an Ingress.
    public init?(_ problem: IngressProblem) {
        guard let name = NamespacedName(problem.ingress) else { return nil }
        let message = problem.secretName.map { "secretName \($0): \(problem.message)" } ?? problem.message
        self.init(regarding: ObjectKey(kind: .ingress, name: name), reason: .badConfig, message: message)
    }

    /// What issuance says about a Certificate.
    public init?(_ problem: CertificateResourceProblem) {
        guard let name = NamespacedName(problem.certificate) else { return nil }
        self.init(regarding: ObjectKey(kind: .certificate, name: name), reason: .badConfig, message: problem.message)
    }

    /// What policies say about what is to be issued: told to all who ask for it.
    public static func denials(of facts: [CertificateFact]) -> Set<ReportedProblem> {
        var problems: Set<ReportedProblem> = []
        for fact in facts {
            guard let why = fact.policy else { continue }
            let message = "Secret \(fact.secretName): \(why)"
            for ingress in fact.ingresses.prefix(EventPlanner.ingressesToldMax).compactMap({ NamespacedName($0) }) {
                problems.insert(
                    ReportedProblem(regarding: ObjectKey(kind: .ingress, name: ingress), reason: .policyDenied, message: message))
            }
            if let certificate = fact.certificate.flatMap({ NamespacedName($0) }) {
                problems.insert(
                    ReportedProblem(regarding: ObjectKey(kind: .certificate, name: certificate), reason: .policyDenied, message: message))
            }
        }
        return problems
    }

    /// What routing says about an Ingress; nil for what is about Services and their endpoints, which come and go by themselves.
    public init?(_ problem: RouteProblem) {
        switch problem.code {
        case .invalidHost, .invalidPath, .duplicatePath, .duplicateDefaultBackend, .unsupportedBackend:
            self.init(regarding: ObjectKey(kind: .ingress, name: problem.ingress), reason: .badConfig, message: problem.message)
        case .serviceNotFound, .servicePortNotFound, .noEndpoints: return nil
        }
    }
}
