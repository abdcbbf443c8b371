internal import Certificates
internal import ClusterReporting
internal import KubernetesAPI

extension ReportedProblem {
    /// What is wrong with the TLS policy that an Ingress asks for; nil for what is about no Ingress.
    init?(_ problem: TLSPolicyProblem) {
        guard let ingress = problem.ingress else { return nil }
        self.init(regarding: ObjectKey(kind: .ingress, name: ingress), reason: .badConfig, message: problem.message)
    }
}
