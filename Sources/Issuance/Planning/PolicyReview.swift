internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
public import Policies
internal import Routing
public import Store

/// What policies say about the certificates that objects ask for, without a server: `certctl policy test`.
public struct PolicyReview: Sendable {
    /// What is asked for.
    public let desired: DesiredCertificate
    /// The decision; nil when nothing is to be issued for it.
    public let explanation: PolicyExplanation?

    /// The reviews of all Secrets that Ingresses and Certificates name, sorted, and what else is wrong with those.
    ///
    /// Every Ingress counts, of whatever class: what somebody asks about is not to be passed over.
    public static func all(
        _ objects: ObjectSet, _ settings: IssuanceSettings, _ policies: IssuancePolicySet
    ) -> (reviews: [PolicyReview], problems: [String]) {
        var objects = objects
        for name in objects.ingressClasses.keys { objects.remove(ObjectKey(kind: .ingressClass, name: name)) }
        for ingress in objects.ingresses.values {
            var ingress = ingress
            ingress.spec.ingressClassName = nil
            ingress.metadata.annotations[IngressClassPolicy.legacyAnnotation] = nil
            objects.insert(.ingress(ingress))
        }
        var wishes = Wishes(ingressClasses: IngressClassPolicy(watchWithoutClass: true), settings: settings)
        _ = wishes.apply(objects, ChangeSet(isEverything: true))
        let check = PolicyCheck(policies: policies, objects: objects, settings: settings)
        let reviews = wishes.certificates.values.sorted { $0.secret < $1.secret }.map { desired in
            guard case .issue(let issuer) = desired.wish else { return PolicyReview(desired: desired, explanation: nil) }
            return PolicyReview(desired: desired, explanation: policies.explanation(of: check.intent(desired, from: issuer)))
        }
        let problems =
            wishes.problems.map { "Ingress \($0.ingress): \($0.message)" }
            + wishes.certificateProblems.map { "Certificate \($0.certificate): \($0.message)" }
        return (reviews, problems)
    }
}
